import { useMemo } from "react";
import { Link } from "react-router";
import type { SendFigures, SendState } from "@/api/types";
import { Chart, chartStyle, colour, Count, DataTable, EmptyState, format, type Column } from "@/ui";
import { messagesAt } from "./links";
import { useChannelTitle, useStateWord, useWhyWord } from "./names";
import { words } from "./words";

const DRAWN = ["sent", "delivered", "suppressed"] as const satisfies readonly SendState[];
const INK = { sent: colour.stone, delivered: colour.good, suppressed: colour.warning };

export function DaysChart({ delivery }: { delivery: SendFigures }) {
  const t = words.use();
  const state = useStateWord();
  const { days } = delivery;
  const option = useMemo(
    () => ({
      xAxis: chartStyle.categoryAxis(days.map((day) => day.day.slice(5))),
      yAxis: chartStyle.valueAxis(format.count),
      tooltip: chartStyle.tip((index) => {
        const day = days[index];
        return day ? [`<b>${day.day}</b>`, ...DRAWN.map((one) => `${state(one)} ${format.count(day.people[one] ?? 0)}`)].join("<br/>") : "";
      }),
      series: DRAWN.map((one) => ({ type: "bar", name: state(one), barMaxWidth: 20, cursor: "pointer", itemStyle: { color: INK[one], borderRadius: [2, 2, 0, 0] }, data: days.map((day) => day.people[one] ?? 0) })),
    }),
    [days, state],
  );
  const figures = {
    of: t("colDay"),
    columns: DRAWN.map(state),
    rows: days.map((day) => ({
      name: day.day,
      cells: DRAWN.map((one) => ({ text: format.count(day.people[one] ?? 0), to: day.people[one] ? messagesAt({ state: one, first: day.day, last: day.day }) : undefined })),
    })),
  };
  return (
    <>
      <div className="chart-legend small soft">
        {DRAWN.map((one) => (
          <span key={one}>
            <i style={{ background: INK[one] }} />
            {state(one)}
          </span>
        ))}
      </div>
      <Chart option={option} height={224} label={t("dayTitle")} figures={figures} />
    </>
  );
}

type Reason = SendFigures["reasons"][number];

export function Reasons({ delivery }: { delivery: SendFigures }) {
  const t = words.use();
  const state = useStateWord();
  const why = useWhyWord();
  const title = useChannelTitle();
  const columns: Column<Reason>[] = [
    { key: "reason", title: t("colReason"), sentence: true, render: (row) => why(row.reason) || state(row.state) },
    { key: "channel", title: t("colChannel"), render: (row) => <span className="soft">{title(row.channel)} · {state(row.state)}</span> },
    {
      key: "people",
      title: t("colPeople"),
      numeric: true,
      phone: true,
      render: (row) => (
        <Link className="link" to={messagesAt({ state: row.state as SendState, channel: row.channel, reason: row.reason, first: delivery.first, last: delivery.last })}>
          <Count value={row.people} />
        </Link>
      ),
    },
  ];
  return (
    <DataTable id="send-reasons" label={t("reasonTitle")} columns={columns} query={{ data: { items: delivery.reasons, total: delivery.reasons.length }, error: null, refetch: () => undefined }} rowKey={(row) => `${row.channel} ${row.state} ${row.reason}`} pageSize={5} empty={<EmptyState title={t("reasonNone")}>{null}</EmptyState>} />
  );
}
