import type { ComponentType } from "react";
import type { Customer, MessageOfPerson } from "@/api/types";
import { DataTable, EmptyState, Tag, TimeText, type Column } from "@/ui";
import { words } from "./words";

const STATES = { sent: 1, suppressed: 1, held_out: 1, unknown: 1, failed: 1, waiting: 1, exited: 1 };

/** The log of each message; every campaign this customer entered, and what came of it. */
export function MessagesTab({ data, Log }: { data: Customer; Log: ComponentType<{ uid: number }> }) {
  const t = words.use();
  const columns: Column<MessageOfPerson>[] = [
    { key: "campaign", title: t("colCampaign"), render: (row) => row.campaign },
    { key: "arm", title: t("colArm"), phone: true, render: (row) => <Tag tone={row.arm === "treated" ? "info" : "plain"}>{t(row.arm === "treated" ? "treated" : "held_out")}</Tag> },
    { key: "state", title: t("colState"), phone: true, render: (row) => (row.state in STATES ? t(`m.${row.state as "sent"}`) : row.state) },
    { key: "reason", title: t("colReason"), render: (row) => row.reason },
    { key: "at", title: t("colAt"), numeric: true, render: (row) => <TimeText at={row.at} /> },
  ];
  return (
    <>
    <Log uid={data.uid} />
    <h3 className="messages-campaigns">{t("logCampaigns")}</h3>
    <DataTable
      id="messages"
      label={t("tabMessages")}
      columns={columns}
      query={{ data: { items: data.messages as unknown as MessageOfPerson[], total: data.messages.length }, error: null, refetch: () => undefined }}
      rowKey={(row) => `${row.campaign_id} ${row.at}`}
      href={(row) => `/campaigns/${row.campaign_id}`}
      empty={<EmptyState title={t("messagesEmpty")}>{t("messagesEmptyWhat")}</EmptyState>}
    />
    </>
  );
}
