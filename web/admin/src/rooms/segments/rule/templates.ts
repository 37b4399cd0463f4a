import type { DidRule, FieldRule, Rule } from "@/api/rule";

export type TemplateKey = "at_risk" | "new" | "loyal" | "returning" | "once" | "sleeping_big" | "big_month" | "buyers" | "overdue" | "left_cart" | "birthday";

const all = (...rules: Rule[]): Rule => ({ op: "and", rules });
const is = (op: "ge" | "eq" | "le", field: string, value: number | boolean): FieldRule => ({ op, field: `person.${field}`, value });
const KNOWN = is("eq", "anonymous", false);

const ordered = (days: number, measure: Pick<DidRule, "measure" | "of" | "value">): DidRule => ({
  op: "did",
  relation: "order",
  where: null,
  window: { kind: "last_days", days },
  compare: "ge",
  ...measure,
});
const BOUGHT = ordered(30, { measure: "count", of: null, value: 1 });

const LEFT_CART: Rule = {
  op: "sequence",
  window: { kind: "last_days", days: 14 },
  steps: [
    { relation: "event:cart.added", where: null, within_hours: null, absent: false },
    { relation: "order", where: null, within_hours: 24, absent: true },
  ],
};

/** Sensible places to start; an operator changes the figures. Those the overview links to count what it shows. */
export const templates: Readonly<Record<TemplateKey, Rule>> = {
  at_risk: all(is("ge", "purchase_number", 2), { op: "older_than_days", field: "person.last_order_on", days: 90 }, KNOWN),
  new: all({ op: "within_days", field: "person.first_order_on", days: 30 }, BOUGHT, KNOWN),
  loyal: all(is("ge", "purchase_number", 8), KNOWN),
  returning: all({ op: "older_than_days", field: "person.first_order_on", days: 30 }, BOUGHT, KNOWN),
  once: all(is("eq", "purchase_number", 1), { op: "older_than_days", field: "person.last_order_on", days: 60 }, KNOWN),
  sleeping_big: all(is("ge", "rfm_m", 4), { op: "older_than_days", field: "person.last_order_on", days: 120 }, KNOWN),
  big_month: all(ordered(30, { measure: "sum", of: "order.net_fen", value: 100_000 }), KNOWN),
  buyers: all(BOUGHT, KNOWN),
  overdue: all({ op: "older_than_days", field: "person.next_order_due_on", days: 1 }, KNOWN),
  left_cart: all(LEFT_CART, KNOWN),
  birthday: all({ op: "birthday_within", field: "person.birth_md", days: 7 }, KNOWN),
};

/** Every field a rule names, to offer only templates that this installation can count. */
export function fieldsOf(rule: Rule): string[] {
  switch (rule.op) {
    case "and":
    case "or":
      return rule.rules.flatMap(fieldsOf);
    case "not":
      return fieldsOf(rule.rule);
    case "sequence":
      return rule.steps.flatMap((step) => (step.where ? fieldsOf(step.where) : []));
    case "count_within":
    case "did":
      return [...(rule.of ? [rule.of] : []), ...(rule.where ? fieldsOf(rule.where) : [])];
    case "everyone":
    case "in_segment":
      return [];
    default:
      return [rule.field];
  }
}
