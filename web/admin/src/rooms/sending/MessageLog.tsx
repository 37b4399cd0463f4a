import type { PersonMessage } from "@/api/types";
import { DataTable, EmptyState, format, Money, Tag, TimeText, useBrand, useCursor, usePick, type Column } from "@/ui";
import { useStateWord, useWhyWord } from "./names";
import { usePersonMessages } from "./queries";
import { words } from "./words";

/** Each message to one customer, with its text, its states and what it cost. */
export function MessageLog({ uid }: { uid: number }) {
  const t = words.use();
  const say = usePick();
  const { zone } = useBrand();
  const state = useStateWord();
  const why = useWhyWord();
  const { cursor } = useCursor();
  const messages = usePersonMessages(uid, cursor);
  const steps = (row: PersonMessage) => row.states.map((one) => `${state(one.state)} ${format.dateTime(one.at, zone)}`).join(" · ");
  const columns: Column<PersonMessage>[] = [
    { key: "text", title: t("colMessage"), sentence: true, render: (row) => <span title={row.text}>{row.text || why(row.reason)} {row.text_is === "again" && <Tag>{t("textAgain")}</Tag>}</span> },
    { key: "channel", title: t("colChannel"), render: (row) => `${say(row.channel_title)} ${row.address}` },
    { key: "state", title: t("colState"), phone: true, render: (row) => <span title={steps(row)}>{state(row.state)}</span> },
    { key: "reason", title: t("colReason"), render: (row) => why(row.reason) },
    { key: "cost", title: t("colCost"), numeric: true, render: (row) => <Money fen={row.cost_fen} /> },
    { key: "at", title: t("colAt"), numeric: true, phone: true, render: (row) => <TimeText at={row.at} /> },
  ];
  return <DataTable id="message-log" label={t("logTitle")} columns={columns} query={messages} rowKey={(row) => `${row.channel} ${row.at} ${row.campaign_id}`} empty={<EmptyState title={t("logEmpty")}>{t("logEmptyWhat")}</EmptyState>} />;
}
