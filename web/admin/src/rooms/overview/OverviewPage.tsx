import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { Link } from "react-router";
import { api, ask } from "@/api/client";
import { peopleOf } from "@/api/rule";
import type { Overview } from "@/api/types";
import { Count, EmptyState, format, LadderChart, Page, PageHeader, Part, Section, Skeleton, useBrand } from "@/ui";
import { KeyFigures } from "./KeyFigures";
import { MixChart, MonthsChart } from "./MonthCharts";
import { KnownPeople } from "./KnownPeople";
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
  const { businessOn } = useBrand();
  const overview = useQuery({ queryKey: ["overview"], queryFn: () => ask(api.GET("/api/overview")) });
  const on = overview.data?.as_of_on ?? businessOn;
  const from = overview.data?.window["from"] ?? format.shiftDay(on, -29);
  const to = overview.data ? format.shiftDay(overview.data.window["to"] ?? on, -1) : on;
  return (
    <Page>
      <PageHeader title={t("title")} note={[t("window", { from, to }), t("basis"), t("asOf", { on })].join(" · ")} />
      {!overview.data && !overview.error ? <Waiting /> : <Part query={overview}>{(data) => <Told data={data} from={from} to={to} />}</Part>}
    </Page>
  );
}

function Told({ data, from, to }: { data: Overview; from: string; to: string }) {
  const t = words.use();
  if (data.months.length === 0)
    return (
      <EmptyState
        title={t("emptyTitle")}
        action={
          <Link to="/imports">
            <Button type="primary">{t("emptyAction")}</Button>
          </Link>
        }
      >
        {t("emptyWhat")}
      </EmptyState>
    );
  return (
    <>
      <KeyFigures data={data} from={from} to={to} />
      <div className="two-to-one">
        <Section title={t("months")} note={t("monthsNote")}>
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
        <Link to={segment ? `/campaigns/new?segment_id=${segment}` : "/campaigns/new"}>
          <Button type="primary">{t("recall")}</Button>
        </Link>
        <Link to={segment ? `/segments/${segment}` : "/segments/new?template=at_risk"}>
          <Button>
            {t("atRiskNote")} <span className="soft"><Count value={people} /></span>
          </Button>
        </Link>
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
