import type { Customer } from "@/api/types";
import { DataTable, EmptyState, Tag, TimeText, type Column } from "@/ui";
import { words } from "./words";

type Message = Customer["messages"][number];

/** Every campaign this customer entered, and what came of it. */
export function MessagesTab({ data }: { data: Customer }) {
  const t = words.use();
  const columns: Column<Message>[] = [
    { key: "campaign", title: t("colCampaign"), render: (row) => row.campaign },
    { key: "arm", title: t("colArm"), phone: true, render: (row) => <Tag tone={row.arm === "treated" ? "info" : "plain"}>{t(row.arm === "treated" ? "treated" : "held_out")}</Tag> },
    { key: "state", title: t("colState"), phone: true, render: (row) => row.state },
    { key: "reason", title: t("colReason"), render: (row) => row.reason ?? "" },
    { key: "at", title: t("colAt"), numeric: true, render: (row) => <TimeText at={row.at} /> },
  ];
  return (
    <DataTable
      id="messages"
      label={t("tabMessages")}
      columns={columns}
      query={{ data: { items: data.messages, total: data.messages.length }, error: null, refetch: () => undefined }}
      rowKey={(row) => `${row.campaign_id} ${row.at}`}
      href={(row) => `/campaigns/${row.campaign_id}`}
      empty={<EmptyState title={t("messagesEmpty")}>{t("messagesEmptyWhat")}</EmptyState>}
    />
  );
}
