import { Button } from "antd";
import { Count, DataTable, EmptyState, Section, Tag, useChosen, type Column } from "@/ui";
import { words } from "./words";

interface Line {
  readonly id: number;
  readonly name: string;
  readonly people: number;
}

const LINES: readonly Line[] = [1, 2, 3].map((id) => ({ id, name: `#${id}`, people: id * 1204 }));
const still = { error: null, refetch: () => undefined };

/** A list in each of its states. */
export function Tables() {
  const t = words.use();
  const chosen = useChosen(LINES.map((line) => line.id));
  const columns: Column<Line>[] = [
    { key: "name", title: t("colName"), render: (row) => row.name },
    { key: "people", title: t("colPeople"), unit: t("people"), numeric: true, phone: true, render: (row) => <Count value={row.people} /> },
    { key: "state", title: t("colState"), render: () => <Tag tone="good">{t("ready")}</Tag> },
  ];
  const list = { columns, rowKey: (row: Line) => row.id, href: (row: Line) => `/segments/${row.id}`, pageSize: 3, empty: <EmptyState title={t("emptyTitle")}>{t("emptyWhat")}</EmptyState> };
  return (
    <>
      <Section flush title={t("tableRows")}>
        <DataTable
          {...list}
          id="gallery-rows"
          label={t("tableRows")}
          query={{ ...still, data: { items: LINES, total: 120, next_cursor: "3" } }}
          rows={3}
          selection={{ ...chosen, actions: <Button size="small">{t("remove")}</Button> }}
        />
      </Section>
      <Section flush title={t("tableLoading")}>
        <DataTable {...list} id="gallery-loading" label={t("tableLoading")} query={{ ...still, data: undefined }} />
      </Section>
      <Section flush title={t("tableEmpty")}>
        <DataTable {...list} id="gallery-empty" label={t("tableEmpty")} query={{ ...still, data: { items: [] } }} />
      </Section>
      <Section flush title={t("tableFailed")}>
        <DataTable {...list} id="gallery-failed" label={t("tableFailed")} query={{ data: undefined, error: Object.assign(new Error(t("failedWhy")), { hint: t("failedHint") }), refetch: () => undefined }} />
      </Section>
    </>
  );
}
