import { useMemo } from "react";
import { Link } from "react-router";
import { peopleOf, type Rule } from "@/api/rule";
import type { Lookalike } from "@/api/types";
import { Chart, chartStyle, colour, format, Section, useBrand, useNarrow, usePick } from "@/ui";
import { behind } from "./people";
import { isMoney, ratio, telling, unitOf, type Trait } from "./traits";
import { words } from "./words";
import "./similar.css";

const share = (part: number) => format.trimZeros(format.percent(Math.round(part * 1e4)));

/** How well the choice finds people, and what it is made by. */
export function Told({ data }: { data: Lookalike }) {
  return (
    <div className="stack similar-told">
      <Check data={data} />
      <Traits data={data} />
    </div>
  );
}

function Check({ data }: { data: Lookalike }) {
  const t = words.use();
  const useful = data.gain >= 1.5;
  return (
    <Section title={t("checkTitle")} note={t("checkNote", { n: format.count(data.held) })}>
      <p className="similar-verdict">
        {useful
          ? t("verdict", { people: format.count(data.wanted), share: share(data.at_random), found: share(data.found), gain: ratio(data.gain) })
          : t("verdictNone")}
      </p>
      {data.curve && data.curve.length > 0 && <GainChart at={data.at_random} curve={data.curve} />}
    </Section>
  );
}

function GainChart({ at, curve }: { at: number; curve: NonNullable<Lookalike["curve"]> }) {
  const t = words.use();
  const narrow = useNarrow();
  const option = useMemo(() => {
    const said = (text: string, color: string, place: "right" | "top") => ({ show: true, formatter: text, color, position: place, distance: 8 });
    const axis = { ...chartStyle.valueAxis((value) => `${value * 100}%`), max: 1, interval: 0.25 };
    const plain = { type: "line", silent: true, symbol: "circle", symbolSize: 1, tooltip: { show: false } };
    const named = Math.max(2, curve.findIndex((point) => point.share > at));
    return {
      grid: { left: 0, right: narrow ? 12 : 24, top: 24, bottom: 24, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      xAxis: {
        ...axis,
        splitLine: { show: false },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colour.lineStrong } },
        name: t("axisX"),
        nameLocation: "middle",
        nameGap: 28,
        nameTextStyle: { color: colour.secondary },
      },
      yAxis: { ...axis, axisLine: { show: false }, axisTick: { show: false } },
      tooltip: chartStyle.tip((index) => {
        const point = curve[index - 1];
        return point ? t("tip", { share: share(point.share), found: share(point.found) }) : "";
      }),
      series: [
        {
          type: "line",
          data: [
            [0, 0],
            ...curve.map((point, place) => ({
              value: [point.share, point.found],
              label: place === named + 1 ? { ...said(t("byModel"), colour.accent, "right"), offset: [-12, 18] } : { show: false },
            })),
          ],
          symbol: "circle",
          symbolSize: 5,
          lineStyle: { color: colour.accent, width: 2 },
          itemStyle: { color: colour.accent },
        },
        {
          ...plain,
          data: [[0, 0], { value: [0.625, 0.625], label: { ...said(t("byLot"), colour.secondary, "right"), offset: [0, 10] } }, [1, 1]],
          lineStyle: { color: colour.stone, type: "dashed", width: 1.2 },
          itemStyle: { color: colour.stone },
        },
        {
          ...plain,
          data: [[at, 0], { value: [at, 1], label: said(t("chosen"), colour.secondary, "top") }],
          lineStyle: { color: colour.lineStrong, width: 1 },
          itemStyle: { color: colour.lineStrong },
        },
      ],
    };
  }, [curve, at, narrow, t]);
  return <Chart option={option} height={narrow ? 220 : 260} label={t("chartLabel")} />;
}

function Traits({ data }: { data: Lookalike }) {
  const t = words.use();
  const { more, less } = telling(data.model, 10, 4);
  if (more.length + less.length === 0) return null;
  return (
    <Section title={t("traitsTitle")} note={t("traitsNote")}>
      <ul className="traits">
        <li className="traits-head small soft" aria-hidden>
          <span>{t("trait")}</span>
          <span className="traits-legend">
            <i className="trait-seed" /> {t("inSeed")} <i className="trait-all" /> {t("inAll")}
          </span>
          <span>{t("ratio")}</span>
        </li>
        <Rows data={data} traits={more} />
        {less.length > 0 && <li className="traits-part small soft">{t("less")}</li>}
        <Rows data={data} traits={less} />
      </ul>
    </Section>
  );
}

function Rows({ data, traits }: { data: Lookalike; traits: readonly Trait[] }) {
  const t = words.use();
  const say = usePick();
  const name = useValueName();
  const labels = new Map(data.features.map((one) => [one.feature, say(one.label)]));
  return traits.map((one) => (
    <li key={`${one.feature} ${one.value}`}>
      <span className="trait-name">
        <span className="soft">{labels.get(one.feature) ?? one.feature}</span> <b>{name(one)}</b>
      </span>
      <span className="trait-bars">
        <Bar part={one.seed_share} className="trait-seed" label={t("inSeed")} people={behind(one, data.segment_id, data.anonymous)?.seed} />
        <Bar part={one.share} className="trait-all" label={t("inAll")} people={behind(one, data.segment_id, data.anonymous)?.all} />
      </span>
      <span className="trait-ratio">{t("times", { n: ratio(one.lift) })}</span>
    </li>
  ));
}

/** How many of some people have a trait; opens them. */
function Bar({ part, className, label, people }: { part: number; className: string; label: string; people: Rule | undefined }) {
  const drawn = (
    <>
      <i style={{ width: `${part * 100}%` }} />
      <em>{share(part)}</em>
    </>
  );
  if (!people) return <span className={className} title={label}>{drawn}</span>;
  return (
    <Link className={className} title={label} aria-label={`${label} ${share(part)}`} to={peopleOf(people)}>
      {drawn}
    </Link>
  );
}

function useValueName(): (trait: Trait) => string {
  const t = words.use();
  const { currency } = useBrand();
  return ({ feature, value }) => {
    if (value === "") return t("unknown");
    if (value === "*") return t("rarer");
    if (feature === "member") return t(value === "1" ? "isMember" : "notMember");
    const range = value.replace("-", "–");
    if (isMoney(feature)) return `${format.currencySymbol(currency).trim()}${range.replace(/[\d.]+/g, (figure) => format.count(Number(figure)))}`;
    const unit = unitOf(feature);
    return unit ? t(unit, { v: range }) : value;
  };
}
