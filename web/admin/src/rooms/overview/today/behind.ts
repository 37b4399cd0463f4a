import { peopleOf, type Rule, type StepRule } from "@/api/rule";
import type { DayChange } from "@/api/types";
import { shiftDay } from "@/ui/format";

const KNOWN: Rule = { op: "eq", field: "person.anonymous", value: false };

const did = (relation: string, on: string, where: StepRule["where"] = null): Rule => ({
  op: "did",
  relation,
  where,
  window: { kind: "between", start: on, end: shiftDay(on, 1) },
  measure: "count",
  of: null,
  compare: "ge",
  value: 1,
});

const firstOn = (on: string): Rule => ({ op: "eq", field: "person.first_order_on", value: on });
const all = (...rules: Rule[]): string => peopleOf({ op: "and", rules: [...rules, KNOWN] });

/** Links from a day's figures to the known customers behind them. */
export const behind = {
  visitors: (on: string) => all(did("event:page.viewed", on)),
  buyers: (on: string) => all(did("order", on)),
  newBuyers: (on: string) => all(firstOn(on)),
  returning: (on: string) => all(did("order", on), { op: "lt", field: "person.first_order_on", value: on }),
};

type Part = DayChange["parts"][number];

const fields = { shop: "order.shop", region: "order.region", category: "order.categories" } as const;

/** The customers of a part of a change, on the day on which it brought more; null where nobody is known. */
export function behindPart(part: Part, on: string, other: string): string | null {
  const day = part.now_fen >= part.then_fen ? on : other;
  if (part.dimension === "buyer")
    return part.value === "new" ? behind.newBuyers(day) : part.value === "returning" ? behind.returning(day) : null;
  const field = fields[part.dimension];
  const told: Rule = { op: "known", field };
  const where: Rule = !part.value ? { op: "not", rule: told } : { op: part.dimension === "category" ? "has" : "eq", field, value: part.value };
  return all(did("order", day, where));
}
