import type { Overview } from "@/api/types";
import { Count, Facts, Money, Section } from "@/ui";
import { words } from "./words";

/** How far our knowledge of people reaches, and what money it leaves aside. */
export function KnownPeople({ data }: { data: Overview }) {
  const t = words.use();
  return (
    <Section title={t("people")}>
      <Facts
        items={[
          [t("identified"), <Count key="i" value={data.people.identified} />],
          [t("anonymousPeople"), <Count key="a" value={data.people.anonymous} />],
          [t("anonymousOrders"), <Count key="o" value={data.anonymous_orders} />],
          [t("anonymousSales"), <Money key="s" fen={data.anonymous_sales_fen} short />],
          [t("unmatched"), <span key="u" title={t("unmatchedNote")}><Money fen={data.unmatched_refund_fen} short /></span>],
        ]}
      />
    </Section>
  );
}
