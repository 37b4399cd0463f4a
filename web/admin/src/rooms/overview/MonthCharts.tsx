import { useMemo } from "react";
import { peopleOf } from "@/api/rule";
import type { Overview } from "@/api/types";
import { category, Chart, chartStyle, colour, format, useBrand, useLang, useNarrow } from "@/ui";
import { words } from "./words";

type Months = Overview["months"];

const NEW = category[4];

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return number === 12 ? `${year + 1}-01-01` : `${year}-${String(number + 1).padStart(2, "0")}-01`;
}

/** The people who bought in a month; of them those whose first order it brought, or those who had bought before. */
function buyersOf(month: string, which: "all" | "new" | "returning"): string {
  const [start, end] = [`${month}-01`, nextMonth(month)];
  const first = "person.first_order_on";
  return peopleOf({
    op: "and",
    rules: [
      { op: "did", relation: "order", where: null, window: { kind: "between", start, end }, measure: "count", of: null, compare: "ge", value: 1 },
      { op: "eq", field: "person.anonymous", value: false },
      ...(which === "new" ? [{ op: "ge", field: first, value: start } as const] : which === "returning" ? [{ op: "lt", field: first, value: start } as const] : []),
    ],
  });
}

function useLabels(months: Months): string[] {
  const lang = useLang();
  return useMemo(
    () => months.map((item, place) => format.monthLabel(item.month, lang, place === 0 || item.month.endsWith("-01"))),
    [months, lang],
  );
}

export function MonthsChart({ months }: { months: Months }) {
  const t = words.use();
  const lang = useLang();
  const { currency } = useBrand();
  const labels = useLabels(months);
  const narrow = useNarrow();
  const last = months[months.length - 1];
  const option = useMemo(
    () => ({
      xAxis: chartStyle.categoryAxis(labels),
      yAxis: chartStyle.valueAxis((value) => format.trimZeros(format.moneyShort(value, currency, lang))),
      tooltip: chartStyle.tip((index) => {
        const month = months[index];
        if (!month) return "";
        const ended = month.unfinished ? ` (${t("unfinished")})` : "";
        return [
          `<b>${month.month}</b>${ended}`,
          `${t("net")} ${format.money(month.sales_fen, currency)}`,
          `${t("cash")} ${format.money(month.cash_fen, currency)}`,
          `${t("orders")} ${format.count(month.orders)} · ${t("buyers")} ${format.count(month.buyers)}`,
        ].join("<br/>");
      }),
      series: [
        {
          type: "bar",
          name: t("net"),
          barMaxWidth: 36,
          cursor: "pointer",
          data: months.map((month) => ({
            value: month.sales_fen,
            itemStyle: month.unfinished
              ? chartStyle.unfinished(colour.faint, colour.sunken)
              : { color: colour.stone, borderRadius: [2, 2, 0, 0] },
          })),
          label: {
            show: !narrow,
            position: "top",
            color: colour.secondary,
            fontSize: 11,
            formatter: ({ value }: { value: number }) => format.short(value / 100, lang, lang === "zh" ? 0 : 1),
          },
        },
      ],
    }),
    [months, labels, currency, lang, narrow, t],
  );
  const figures = {
    of: t("month"),
    columns: [t("net"), t("orders"), t("buyers")],
    rows: months.map((item) => ({
      name: item.month,
      cells: [{ text: format.money(item.sales_fen, currency), to: buyersOf(item.month, "all") }, { text: format.count(item.orders) }, { text: format.count(item.buyers), to: buyersOf(item.month, "all") }],
    })),
  };
  const label = last ? t("monthTip", { month: last.month, net: format.money(last.sales_fen, currency), orders: format.count(last.orders) }) : "";
  return <Chart option={option} height={224} label={`${t("months")} ${label}`} figures={figures} />;
}

export function MixChart({ months }: { months: Months }) {
  const t = words.use();
  const labels = useLabels(months);
  const option = useMemo(() => {
    const bars = (name: string, ink: string, tint: string, pick: (month: Months[number]) => number) => ({
      type: "bar",
      name,
      stack: "buyers",
      barMaxWidth: 24,
      cursor: "pointer",
      data: months.map((month) => ({
        value: pick(month),
        itemStyle: month.unfinished ? chartStyle.unfinished(ink, tint) : { color: ink },
      })),
    });
    return {
      grid: { left: 0, right: 4, top: 12, bottom: 0, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: chartStyle.categoryAxis(labels),
      yAxis: chartStyle.valueAxis(format.count),
      tooltip: chartStyle.tip((index) => {
        const month = months[index];
        return month
          ? `<b>${month.month}</b><br/>${t("returning")} ${format.count(month.returning_buyers)}<br/>${t("newBuyers")} ${format.count(month.new_buyers)}`
          : "";
      }),
      series: [
        bars(t("returning"), colour.info, colour.infoTint, (month) => month.returning_buyers),
        bars(t("newBuyers"), NEW, colour.sunken, (month) => month.new_buyers),
      ],
    };
  }, [months, labels, t]);
  const figures = {
    of: t("month"),
    columns: [t("returning"), t("newBuyers")],
    rows: months.map((item) => ({
      name: item.month,
      cells: [
        { text: format.count(item.returning_buyers), to: buyersOf(item.month, "returning") },
        { text: format.count(item.new_buyers), to: buyersOf(item.month, "new") },
      ],
    })),
  };
  return (
    <>
      <div className="chart-legend small soft">
        <span>
          <i style={{ background: colour.info }} />
          {t("returning")}
        </span>
        <span>
          <i style={{ background: NEW }} />
          {t("newBuyers")}
        </span>
      </div>
      <Chart option={option} height={224} label={t("mix")} figures={figures} />
    </>
  );
}
