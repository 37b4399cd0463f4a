import { Link } from "react-router";
import type { SendFigures, SendState, SendWay } from "@/api/types";
import { Count, DataTable, EmptyState, Money, Seconds, Unknown, type Column } from "@/ui";
import { messagesAt } from "./links";
import { useChannelTitle, useStateWord, useWaitWord } from "./names";
import { words } from "./words";

const SHOWN = ["sent", "delivered", "clicked", "not_delivered", "failed", "unknown"] as const satisfies readonly SendState[];

export function Ways({ delivery }: { delivery: SendFigures }) {
  const t = words.use();
  const title = useChannelTitle();
  const state = useStateWord();
  const wait = useWaitWord();
  const at = (row: SendWay, wanted: SendState) =>
    messagesAt({ state: wanted, channel: row.channel, account_id: row.account_id, ...(wanted === "waiting" ? {} : { first: delivery.first, last: delivery.last }) });
  const number = (row: SendWay, wanted: SendState) => {
    const people = row.people[wanted] ?? 0;
    return people ? (
      <Link className="link" to={at(row, wanted)}>
        <Count value={people} />
      </Link>
    ) : (
      <span className="soft">0</span>
    );
  };
  const columns: Column<SendWay>[] = [
    {
      key: "channel",
      title: t("colChannel"),
      sentence: true,
      render: (row) => (
        <>
          {title(row.channel)} <span className="small soft">{row.account || t("noAccount")}</span>
        </>
      ),
    },
    {
      key: "waiting",
      title: t("colWaiting"),
      numeric: true,
      phone: true,
      render: (row) => (
        <span title={Object.entries(row.waiting).map(([why, n]) => `${wait(why)} ${n}`).join(" · ")}>{number(row, "waiting")}</span>
      ),
    },
    { key: "pace", title: t("colPace"), render: (row) => <Pace way={row} /> },
    { key: "queue", title: t("colQueue"), numeric: true, render: (row) => (row.queue_s === null || row.queue_s === undefined ? <Unknown /> : row.queue_s > 0 ? <Seconds value={row.queue_s} /> : t("queueNone")) },
    ...SHOWN.map((one): Column<SendWay> => ({ key: one, title: state(one), numeric: true, phone: one === "sent", optional: one === "clicked" || one === "unknown", render: (row) => number(row, one) })),
    { key: "cost", title: t("colCost"), numeric: true, render: (row) => <Money fen={row.cost_fen} /> },
  ];
  return <DataTable id="send-ways" label={t("nowTitle")} columns={columns} query={{ data: { items: delivery.ways, total: delivery.ways.length }, error: null, refetch: () => undefined }} rowKey={(row) => `${row.channel} ${row.account_id}`} pageSize={4} empty={<EmptyState title={t("nothingTitle")}>{t("nothingWhat")}</EmptyState>} />;
}

/** What an account allows, and whether its turns are taken now. */
function Pace({ way }: { way: SendWay }) {
  const t = words.use();
  if (!way.rate) return <span className="soft">{t("paceNone")}</span>;
  const ahead = Math.ceil(way.ahead_s);
  return (
    <span>
      {t(way.counts === "messages" ? "pace" : "paceRequests", { n: way.rate })}{" "}
      <span className={ahead > 0 ? "small warning" : "small soft"}>{ahead > 0 ? t("paceBusy", { n: ahead }) : t("paceFree")}</span>
    </span>
  );
}
