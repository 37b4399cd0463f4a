import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import { api, ask } from "@/api/client";
import { peopleOf } from "@/api/rule";
import type { Overview } from "@/api/types";
import { ButtonLink, Count, EmptyState, format, LadderChart, Page, PageHeader, Part, Section, Skeleton, useBrand, useFilters } from "@/ui";
import { KeyFigures } from "./KeyFigures";
import { MixChart, MonthsChart } from "./MonthCharts";
import { KnownPeople } from "./KnownPeople";
import { Changes } from "./today/Changes";
import { Needs } from "./today/Needs";
import { useChanges, useDay, useNeeds } from "./today/queries";
import { TodayFigures } from "./today/TodayFigures";
import { words } from "./words";
import "./overview.css";

/** The people who stand on a step: exactly n purchases, or eight and more. */
const onStep = (step: number) =>
  peopleOf({
    op: "and",
    rules: [
      step >= 8
        ? { op: "ge", field: "person.purchase_number", value: 8 }
        : { op: "eq", field: "person.purchase_number", value: step },
      { op: "eq", field: "person.anonymous", value: false },
    ],
  });

export default function OverviewPage() {
  const t = words.use();
  const { businessOn, zone } = useBrand();
  const [params, change] = useFilters();
  const yesterday = format.shiftDay(businessOn, -1);
  const past = params.get("day") === "yesterday";
  const on = past ? yesterday : undefined;
  // All is asked for at once, but what stands below is drawn when it is known how high the parts above are.
  const [day, changes, needs] = [useDay(on), useChanges(on), useNeeds()];
  useOverview();
  const above = !day.isPending;
  const aside = above && !changes.isPending && !needs.isPending;
  return (
    <Page>
      <PageHeader
        title={t("title")}
        note={[past ? yesterday : businessOn, zone, t("basis")].join(" · ")}
        actions={
          <Segmented
            aria-label={t("dayWord")}
            value={past ? "yesterday" : "today"}
            onChange={(day) => change({ day: day === "yesterday" ? day : null })}
            options={[
              { value: "today", label: t("today") },
              { value: "yesterday", label: t("yesterday") },
            ]}
          />
        }
      />
      <TodayFigures on={on} yesterday={yesterday} />
      {above && (
        <div className="two-to-one">
          <Changes on={on} />
          <Needs />
        </div>
      )}
      {aside && <Lately />}
    </Page>
  );
}

function useOverview() {
  return useQuery({ queryKey: ["overview"], queryFn: () => ask(api.GET("/api/overview")) });
}

/** The last 30 days, the months, the ladder. */
function Lately() {
  const t = words.use();
  const { businessOn } = useBrand();
  const overview = useOverview();
  const on = overview.data?.as_of_on ?? businessOn;
  const from = overview.data?.window["from"] ?? format.shiftDay(on, -29);
  const to = overview.data ? format.shiftDay(overview.data.window["to"] ?? on, -1) : on;
  return (
    <>
      <div className="today-rest">
        <h2>{t("lately")}</h2>
        <p className="small soft">{[t("window", { from, to }), t("basis"), t("asOf", { on })].join(" · ")}</p>
      </div>
      {!overview.data && !overview.error ? <Waiting /> : <Part query={overview}>{(data) => <Told data={data} from={from} to={to} />}</Part>}
    </>
  );
}

function Told({ data, from, to }: { data: Overview; from: string; to: string }) {
  const t = words.use();
  const last = data.months[data.months.length - 1]?.month;
  if (!last)
    return (
      <EmptyState
        title={t("emptyTitle")}
        action={
          <ButtonLink to="/imports" type="primary">{t("emptyAction")}</ButtonLink>
        }
      >
        {t("emptyWhat")}
      </EmptyState>
    );
  return (
    <>
      <KeyFigures data={data} from={from} to={to} />
      <div className="two-to-one">
        <Section title={t("months")} note={last < data.as_of_on.slice(0, 7) ? t("monthsEnded", { month: last }) : t("monthsNote")}>
          <MonthsChart months={data.months} />
        </Section>
        <Section title={t("mix")}>
          <MixChart months={data.months} />
        </Section>
      </div>
      <div className="two-to-one">
        <Section title={t("ladder")} note={t("ladderNote")}>
          <LadderChart rows={data.ladder} to={onStep} />
        </Section>
        <div className="stack overview-side">
          <AtRisk data={data} />
          <KnownPeople data={data} />
        </div>
      </div>
    </>
  );
}

function AtRisk({ data }: { data: Overview }) {
  const t = words.use();
  const { people, segment_id: segment } = data.at_risk;
  if (people === null)
    return (
      <Section title={t("riskUnknown")}>
        <p className="soft">{t("riskUnknownWhy")}</p>
      </Section>
    );
  return (
    <Section title={t("riskTitle", { n: format.count(people) })}>
      <p className="soft">{t("riskWhy")}</p>
      <div className="row wrap overview-actions">
        <ButtonLink to={segment ? `/campaigns/new?segment_id=${segment}` : "/campaigns/new"} type="primary">{t("recall")}</ButtonLink>
        <ButtonLink to={segment ? `/segments/${segment}` : "/segments/new?template=at_risk"}>{t("atRiskNote")} <span className="soft"><Count value={people} /></span></ButtonLink>
      </div>
    </Section>
  );
}

function Waiting() {
  return (
    <>
      <Skeleton height={92} />
      <div className="two-to-one">
        <Skeleton height={296} />
        <Skeleton height={296} />
      </div>
      <div className="two-to-one">
        <Skeleton height={360} />
        <Skeleton height={360} />
      </div>
    </>
  );
}
