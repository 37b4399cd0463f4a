import { useSearchParams } from "react-router";
import type { SendState, SentMessage } from "@/api/types";
import { DataTable, EmptyState, Page, PageHeader, Section, TimeText, useCursor, type Column } from "@/ui";
import { useChannelTitle, useStateWord, useWhyWord } from "./names";
import { useSentMessages } from "./queries";
import { words } from "./words";
import "./sending.css";

/** The messages behind a figure of the delivery page. */
export default function SentMessagesPage() {
  const t = words.use();
  const state = useStateWord();
  const why = useWhyWord();
  const channel = useChannelTitle();
  const [params] = useSearchParams();
  const { cursor } = useCursor();
  const wanted = (params.get("state") ?? "sent") as SendState;
  const text = (key: string) => params.get(key) ?? undefined;
  const account = params.get("account_id");
  const [first, last, of, reason] = [text("first"), text("last"), text("channel"), text("reason")];
  const messages = useSentMessages({ state: wanted, first, last, channel: of, reason, cursor, account_id: account === null ? undefined : Number(account) });
  const columns: Column<SentMessage>[] = [
    { key: "customer", title: t("colCustomer"), render: (row) => row.label || row.uid },
    { key: "channel", title: t("colChannel"), render: (row) => channel(row.channel) },
    { key: "state", title: t("colState"), phone: true, render: (row) => state(row.state) },
    { key: "reason", title: t("colReason"), render: (row) => why(row.reason) },
    { key: "at", title: t("colAt"), numeric: true, phone: true, render: (row) => <TimeText at={row.at} /> },
  ];
  const note = [of && channel(of), reason && why(reason), first && `${first} – ${last ?? ""}`].filter(Boolean).join(" · ");
  return (
    <Page>
      <PageHeader up={{ to: "/delivery", title: t("delivery") }} title={`${t("listTitle")} · ${state(wanted)}`} note={note} />
      <Section flush>
        <DataTable id="sent-messages" label={t("listTitle")} columns={columns} query={messages} rowKey={(row) => `${row.uid} ${row.channel} ${row.at}`} href={(row) => `/customers/${row.uid}?tab=messages`} empty={<EmptyState title={t("listEmpty")}>{t("listEmptyWhat")}</EmptyState>} />
      </Section>
    </Page>
  );
}
