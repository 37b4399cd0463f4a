import { Button } from "antd";
import { useReducer, useMemo, useState } from "react";
import { Banner, ButtonLink, Chart, chartStyle, colour, ConfirmTyped, DateText, EmptyState, ErrorState, Facts, Figure, Figures, format, Icon, IntervalPlot, LadderChart, LadderStep, Money, More, Page, PageHeader, Part, Rfm, SchemaForm, Section, Skeleton, Tag, TaskProgress, toast, type Schema, type Values } from "@/ui";
import { BuilderContext } from "@/rooms/segments/builder/context";
import { GroupEditor } from "@/rooms/segments/builder/GroupEditor";
import { useCatalog } from "@/rooms/segments/queries";
import { reduce } from "@/rooms/segments/rule/reducer";
import { templates } from "@/rooms/segments/rule/templates";
import { fromRule } from "@/rooms/segments/rule/tree";
import type { Catalog } from "@/api/rule";
import { Tables } from "./Tables";
import { words } from "./words";
import "@/rooms/segments/builder/rule.css";

const TONES = ["plain", "good", "warning", "bad", "info", "accent"] as const;
const MONTHS = [412, 530, 488, 611, 742, 318].map((buyers, place) => ({ month: `2011-${String(place + 7).padStart(2, "0")}`, buyers }));
const LADDER = [1204, 688, 402, 240, 151, 98, 66, 41].map((reached, place, all) => {
  const next = all[place + 1];
  return { step: place + 1, people: 0, reached, lost: next === undefined ? 0 : reached - next, next_rate_bp: next === undefined ? null : Math.round((next / reached) * 1e4), median_gap_days: next === undefined ? null : 40 - place * 3 };
});

/** Every part of the design system in its states, for those who change it. Reached by its address alone. */
export default function GalleryPage() {
  const t = words.use();
  return (
    <Page>
      <PageHeader title={t("title")} note={t("note")} />
      <Acts />
      <Section title={t("banners")}>
        <div className="stack">
          {(["info", "good", "warning", "bad"] as const).map((tone) => (
            <Banner key={tone} tone={tone}>
              {t("bannerText")}
            </Banner>
          ))}
        </div>
      </Section>
      <Figures>
        <Figure key_ label={t("figureNet")} value={<Money fen={12_345_678} short />} about={t("figureAbout")} before={{ now: 120, then: 100, label: t("versus") }} />
        <Figure label={t("buyers")} value={format.count(1204)} unit={t("people")} about={t("figureAbout")} to="/segments" before={{ now: 80, then: 100, label: t("versus") }} />
        <Figure label={t("factLast")} value={<DateText on="2011-12-09" />} about={t("figureAbout")} note={<LadderStep step={3} title="3" />} />
        <Figure label="RFM" value={<Rfm scores={[5, 3, 1]} />} about={t("figureAbout")} />
      </Figures>
      <Tables />
      <Forms />
      <Charts />
      <Feedback />
      <RuleBuilder />
      <Section title={t("waiting")}>
        <div className="stack wide">
          <Skeleton />
          <Skeleton height={48} />
          <TaskProgress done={3} total={8} label={t("task")} onStop={() => undefined}>
            {t("task")}
          </TaskProgress>
          <EmptyState title={t("emptyTitle")} action={<ButtonLink to="/segments/new" type="primary">{t("toList")}</ButtonLink>}>
            {t("emptyWhat")}
          </EmptyState>
          <ErrorState error={new Error(t("failedWhy"))} retry={() => undefined} />
        </div>
      </Section>
    </Page>
  );
}

function Acts() {
  const t = words.use();
  return (
    <Section title={t("actions")}>
      <div className="stack wide">
        <div className="row wrap">
          <Button type="primary">{t("primary")}</Button>
          <Button icon={<Icon name="edit" size={14} />}>{t("plain")}</Button>
          <Button disabled>{t("plain")}</Button>
          <Button danger>{t("remove")}</Button>
          <ButtonLink to="/segments">{t("toList")}</ButtonLink>
          <More items={[{ key: "to", label: t("toList"), icon: "segments", to: "/segments" }, { key: "drop", label: t("remove"), icon: "trash", danger: true }]} />
        </div>
        <div className="row wrap">
          {TONES.map((tone) => (
            <Tag key={tone} tone={tone}>
              {t("ready")}
            </Tag>
          ))}
        </div>
        <Facts items={[[t("factOrders"), "12"], [t("factLast"), <DateText key="on" on="2011-12-09" />]]} />
      </div>
    </Section>
  );
}

function Forms() {
  const t = words.use();
  const [values, setValues] = useState<Values>({ url: "", kind: "POST", limit: 120_000 });
  const schema: Schema = {
    required: ["url", "kind"],
    properties: {
      url: { title: t("fieldUrl"), description: t("fieldUrlHelp"), type: "string", minLength: 1 },
      kind: { title: t("fieldKind"), enum: ["POST", "PUT"] },
      wait_s: { title: t("fieldWait"), type: "integer", default: 10, minimum: 1, maximum: 60, unit: "s" },
      limit: { title: t("fieldLimit"), type: "integer", format: "money" },
    },
  };
  return (
    <Section title={t("forms")}>
      <SchemaForm schema={schema} values={values} told onChange={setValues} />
    </Section>
  );
}

function Charts() {
  const t = words.use();
  const option = {
      xAxis: chartStyle.categoryAxis(MONTHS.map((one) => one.month)),
      yAxis: chartStyle.valueAxis(format.count),
      series: [{ type: "bar", barMaxWidth: 36, data: MONTHS.map((one, place) => ({ value: one.buyers, itemStyle: place === 5 ? chartStyle.unfinished(colour.faint, colour.sunken) : { color: colour.stone } })) }],
  };
  const figures = { of: t("month"), columns: [t("buyers")], rows: MONTHS.map((one) => ({ name: one.month, cells: [{ text: format.count(one.buyers), to: "/segments/new?template=buyers" }] })) };
  return (
    <Section title={t("charts")}>
      <div className="stack wide">
        <Chart option={option} height={200} label={t("chartLabel")} figures={figures} />
        <LadderChart rows={LADDER} to={() => "/segments/new?template=loyal"} />
        <IntervalPlot value={120} low={-40} high={280} format={(bp) => format.withSign(bp / 100, 2)} label={t("chartLabel")} zeroLabel="0" />
      </div>
    </Section>
  );
}

function Feedback() {
  const t = words.use();
  const [open, setOpen] = useState(false);
  return (
    <Section title={t("feedback")}>
      <div className="row wrap">
        <Button onClick={() => toast(t("done"))}>{t("sayDone")}</Button>
        <Button onClick={() => toast(t("done"), "good", () => toast(t("undone")))}>{t("sayUndo")}</Button>
        <Button onClick={() => toast(t("failedWhy"), "bad")}>{t("sayBad")}</Button>
        <Button type="primary" onClick={() => setOpen(true)}>
          {t("confirm")}
        </Button>
      </div>
      <ConfirmTyped open={open} title={t("confirm")} expected="1,204" verb={t("primary")} onConfirm={() => setOpen(false)} onClose={() => setOpen(false)}>
        {t("confirmWhat")}
      </ConfirmTyped>
    </Section>
  );
}

function RuleBuilder() {
  const t = words.use();
  const catalog = useCatalog();
  return (
    <Section title={t("rules")}>
      <Part query={catalog} height={160}>
        {(data) => <Rules catalog={data} />}
      </Part>
    </Section>
  );
}

function Rules({ catalog }: { catalog: Catalog }) {
  const [root, dispatch] = useReducer(reduce, null, () => fromRule(templates.at_risk));
  const facts = useMemo(() => ({ catalog, dispatch, self: null }), [catalog]);
  return (
    <BuilderContext.Provider value={facts}>
      <GroupEditor value={root} relation="person" root />
    </BuilderContext.Provider>
  );
}
