import { useMemo } from "react";
import { useNavigate } from "react-router";
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

/** A month's mark opens the people who bought in it. */
function useOpenMonth(months: Months) {
  const navigate = useNavigate();
  return (index: number) => {
    const month = months[index]?.month;
    if (!month) return;
    const window = { kind: "between", start: `${month}-01`, end: nextMonth(month) } as const;
    void navigate(
      peopleOf({
        op: "and",
        rules: [
          { op: "did", relation: "order", where: null, window, measure: "count", of: null, compare: "ge", value: 1 },
          { op: "eq", field: "person.anonymous", value: false },
        ],
      }),
    );
  };
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
  const open = useOpenMonth(months);
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
  const label = last ? t("monthTip", { month: last.month, net: format.money(last.sales_fen, currency), orders: format.count(last.orders) }) : "";
  return <Chart option={option} height={224} label={`${t("months")} ${label}`} onPick={open} />;
}

export function MixChart({ months }: { months: Months }) {
  const t = words.use();
  const labels = useLabels(months);
  const open = useOpenMonth(months);
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
      <Chart option={option} height={224} label={t("mix")} onPick={open} />
    </>
  );
}
