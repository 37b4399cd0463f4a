import type { Overview } from "@/api/types";
import { Count, Figure, Figures, Money } from "@/ui";
import { useDefinition } from "./useDefinition";
import { words } from "./words";

/** The figures of the last 30 days beside the 30 before them. */
export function KeyFigures({ data, from, to }: { data: Overview; from: string; to: string }) {
  const t = words.use();
  const define = useDefinition();
  const { compare, zone, as_of_on: on } = data;
  const about = (field: string) => define(field, t("about", { from, to, zone, on }));
  const before = (now: number, then: number) => ({ now, then, label: t("versus") });
  return (
    <Figures>
      <Figure label={t("sales")} value={<Money fen={data.sales_fen} short />} about={about("sales_fen")} before={before(data.sales_fen, compare.sales_fen)} />
      <Figure label={t("orders")} value={<Count value={data.orders} />} unit={t("unitOrders")} about={about("orders")} before={before(data.orders, compare.orders)} />
      <Figure label={t("buyers")} value={<Count value={data.buyers} />} unit={t("unitPeople")} about={about("buyers")} to="/segments/new?template=buyers" before={before(data.buyers, compare.buyers)} />
      <Figure label={t("newBuyers")} value={<Count value={data.new_buyers} />} unit={t("unitPeople")} about={about("new_buyers")} to="/segments/new?template=new" before={before(data.new_buyers, compare.new_buyers)} />
      <Figure
        label={t("returning")}
        value={<Count value={data.returning_buyers} />}
        unit={t("unitPeople")}
        about={about("returning_buyers")}
        to="/segments/new?template=returning"
        before={before(data.returning_buyers, compare.returning_buyers)}
      />
      <Figure
        label={t("atRisk")}
        value={<Count value={data.at_risk.people} />}
        unit={t("unitPeople")}
        about={define("at_risk.people", t("aboutNow", { on, zone }))}
        to={data.at_risk.segment_id ? `/segments/${data.at_risk.segment_id}` : "/segments/new?template=at_risk"}
        note={t("atRiskNote")}
      />
    </Figures>
  );
}
