import type { TagReceived, TagRow } from "@/api/types";
import { Count, DataTable, EmptyState, Tag, type Column } from "@/ui";
import { useReceived } from "./queries";
import { words } from "./words";

/** What came in for an imported tag, also what no value stands for yet. */
export function ReceivedTab({ tag }: { tag: TagRow }) {
  const t = words.use();
  const received = useReceived(tag.id);
  const columns: Column<TagReceived>[] = [
    { key: "value", title: t("colReceived"), render: (row) => row.value },
    { key: "as", title: t("colValue"), phone: true, render: (row) => tag.values.find((value) => value.no === row.no)?.label ?? <Tag tone="warning">{t("unlisted")}</Tag> },
    { key: "people", title: t("colPeople"), numeric: true, phone: true, width: 110, render: (row) => <Count value={row.people} /> },
  ];
  return (
    <DataTable
      id="tag-received"
      bare
      label={t("tabReceived")}
      columns={columns}
      query={received}
      rowKey={(row) => row.value}
      pageSize={6}
      empty={<EmptyState title={t("receivedEmpty")}>{t("receivedEmptyWhat")}</EmptyState>}
    />
  );
}
