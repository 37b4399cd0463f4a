import type { FieldRule, Rule } from "@/api/rule";
import { isMoney, type Trait } from "./traits";

const DAYS: Readonly<Record<string, string>> = { since_last_order: "last_order_on", since_last_event: "last_event_on", since_first_order: "first_order_on" };
/** Worked out for the model alone: conditions cannot ask for it. */
const OWN = "order_fen";

const all = (...rules: Rule[]): Rule => ({ op: "and", rules });

/** From one number up to below another; null: without end. "3", "4-5" and "9+" are such. */
function spanOf(value: string, scale: number, next: number): readonly [number, number | null] | null {
  const [, low, to, open] = /^([\d.]+)(?:-([\d.]+))?(\+)?$/.exec(value) ?? [];
  if (low === undefined) return null;
  const from = Math.round(Number(low) * scale);
  if (open) return [from, null];
  return [from, Math.round(Number(to ?? low) * scale) + (to !== undefined || next ? next : 1)];
}

function ofNumber(field: string, [low, end]: readonly [number, number | null]): FieldRule {
  if (end === null) return { op: "ge", field, value: low };
  return end - low <= 1 ? { op: "eq", field, value: low } : { op: "between", field, low, high: end };
}

/** So many days ago: at least the first number, fewer than the second. */
function ofDays(field: string, [low, end]: readonly [number, number | null]): Rule {
  const older: Rule[] = low > 0 ? [{ op: "older_than_days", field, days: low }] : [];
  return all(...older, ...(end === null ? [] : [{ op: "within_days", field, days: end } as const]));
}

const COUNTED = /^(purchase_number|birth_month|orders_\d+d)$/;
const isUnknown = (feature: string, value: string): boolean => value === "" || (feature === "birth_month" && value === "0");

/** The condition that somebody has a trait; null where conditions cannot ask for it. */
export function ruleOf({ feature, value }: Pick<Trait, "feature" | "value">): Rule | null {
  const days = DAYS[feature];
  const field = `person.${days ?? feature}`;
  if (feature === OWN || value === "*") return null;
  if (isUnknown(feature, value)) return { op: "not", rule: { op: "known", field } };
  if (feature === "member") return { op: "eq", field, value: value === "1" };
  const money = isMoney(feature);
  if (days === undefined && !money && !COUNTED.test(feature)) return { op: "eq", field, value };
  const span = spanOf(value, money ? 100 : 1, money ? 0 : 1);
  if (!span) return null;
  return days === undefined ? ofNumber(field, span) : ofDays(field, span);
}

interface Behind {
  /** Everybody of the trait, and of them those the similar ones were looked for by. */
  readonly all: Rule;
  readonly seed: Rule;
}

/** The people behind the two bars of a trait. anonymous: whether they were looked at too. */
export function behind(trait: Trait, seed: number, anonymous: boolean): Behind | null {
  const rule = ruleOf(trait);
  if (!rule) return null;
  const known: Rule[] = anonymous ? [] : [{ op: "eq", field: "person.anonymous", value: false }];
  return { all: all(rule, ...known), seed: all({ op: "in_segment", segment_id: seed }, rule, ...known) };
}
