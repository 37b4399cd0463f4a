import { useMemo } from "react";
import type { TagRow } from "@/api/types";
import { category, Chart, chartStyle, Count, DataTable, format, Part, type Column } from "@/ui";
import { useDays } from "./queries";
import { words } from "./words";

type Value = TagRow["values"][number];

/** Who has which value, and how that came about by day. */
export function CoverageTab({ tag, total }: { tag: TagRow; total: number }) {
  const t = words.use();
  const columns: Column<Value>[] = [
    { key: "label", title: t("colValue"), render: (row) => row.label },
    { key: "people", title: t("colPeople"), numeric: true, phone: true, width: 110, render: (row) => <Count value={row.people} /> },
    { key: "share", title: t("colCoverage"), numeric: true, phone: true, width: 110, render: (row) => (total ? format.percent((row.people / total) * 1e4) : "–") },
    {
      key: "bar",
      title: "",
      sentence: true,
      render: (row) => (
        <span className="tag-bar" aria-hidden>
          <i style={{ width: `${total ? (row.people / total) * 100 : 0}%` }} />
        </span>
      ),
    },
  ];
  return (
    <>
      <DataTable id="tag-values" bare label={t("tabCoverage")} columns={columns} query={{ data: { items: tag.values }, error: null, refetch: () => undefined }} rowKey={(row) => row.no} href={(row) => `/segments/${row.segment_id}`} empty={null} />
      <div className="tag-days">
        <h2>{t("daysTitle")}</h2>
        <Days tag={tag} />
      </div>
    </>
  );
}

function Days({ tag }: { tag: TagRow }) {
  const t = words.use();
  const days = useDays(tag.id);
  const items = days.data?.items;
  const option = useMemo(
    () => ({
      color: [...category],
      xAxis: chartStyle.categoryAxis((items ?? []).map((day) => day.on.slice(5))),
      yAxis: chartStyle.valueAxis((value) => format.count(value)),
      grid: { left: 0, right: 72, top: 8, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: { trigger: "axis" },
      series: tag.values.map((value) => ({ type: "line", name: value.label, endLabel: { show: true, formatter: "{a}" }, showSymbol: (items ?? []).length < 15, data: (items ?? []).map((day) => day.people[value.no] ?? null) })),
    }),
    [items, tag.values],
  );
  const figures = {
    of: t("day"),
    columns: tag.values.map((value) => value.label),
    rows: (items ?? []).map((day) => ({
      name: day.on,
      cells: tag.values.map((value) => {
        const people = day.people[value.no];
        return { text: people === undefined ? "–" : format.count(people), to: `/segments/${value.segment_id}` };
      }),
    })),
  };
  return (
    <Part query={days} height={220}>
      {(data) => (data.items.length < 2 ? <p className="soft">{t("daysFew")}</p> : <Chart option={option} height={220} label={t("daysTitle")} figures={figures} />)}
    </Part>
  );
}
