import type { Reach } from "@/api/types";
import { Count, DataTable, EmptyState, Section, usePick, type Column } from "@/ui";
import { useReach } from "./queries";
import { words } from "./words";
import "./sending.css";

/** How many of a segment each channel reaches, step by step. */
export function ReachTable({ segment, messages = 2, days = 7 }: { segment: number; messages?: number; days?: number }) {
  const t = words.use();
  const say = usePick();
  const reach = useReach(segment, { messages, days });
  const columns: Column<Reach>[] = [
    { key: "channel", title: t("colChannel"), sentence: true, render: (row) => row.titles.map(say).join(" / ") },
    { key: "address", title: t("colAddress"), numeric: true, render: (row) => <Count value={row.address} /> },
    { key: "consent", title: t("colConsent"), numeric: true, render: (row) => <Count value={row.consenting} /> },
    { key: "allowed", title: t("colAllowed"), numeric: true, render: (row) => <Count value={row.allowed} /> },
    { key: "free", title: t("colFree"), numeric: true, phone: true, render: (row) => <b><Count value={row.free} /></b> },
  ];
  return (
    <>
      <p className="small soft reach-note">{t("reachNote", { messages, days })}</p>
      <DataTable id="reach" label={t("reachTitle")} columns={columns} query={reach} rowKey={(row) => row.channels.join(" ")} pageSize={8} empty={<EmptyState title={t("reachEmpty")}>{t("reachEmptyWhat")}</EmptyState>} />
    </>
  );
}

/** Of a chosen segment, those whom one channel reaches now: beside a form. */
export function ReachOfChannel({ segment, channel, messages, days }: { segment: number; channel: string; messages: number; days: number }) {
  const t = words.use();
  const reach = useReach(segment, { messages, days });
  const way = reach.data?.items.find((item) => item.channels.includes(channel));
  if (!way) return null;
  const steps = [["colPeopleAll", way.people], ["colAddress", way.address], ["colConsent", way.consenting], ["colAllowed", way.allowed], ["colFree", way.free]] as const;
  return (
    <Section title={t("reachTitle")} note={t("reachNote", { messages, days })}>
      <ol className="reach-steps">
        {steps.map(([word, people]) => (
          <li key={word}>
            <span>{t(word)}</span>
            <i style={{ width: `${way.people ? (100 * people) / way.people : 0}%` }} aria-hidden />
            <b>
              <Count value={people} />
            </b>
          </li>
        ))}
      </ol>
    </Section>
  );
}
