/** The rule tree as the server reads it; its meaning is the server's. */
export type Scalar = string | number | boolean;
export type Compare = "eq" | "ne" | "lt" | "le" | "gt" | "ge";
export type Measure = "count" | "days" | "sum" | "min" | "max";

export type Window =
  | { readonly kind: "ever" }
  | { readonly kind: "last_days"; readonly days: number }
  | { readonly kind: "between"; readonly start: string; readonly end: string };

export type FieldRule =
  | { readonly op: Compare | "has" | "contains" | "starts"; readonly field: string; readonly value: Scalar }
  | { readonly op: "in"; readonly field: string; readonly values: readonly Scalar[] }
  | { readonly op: "between"; readonly field: string; readonly low: Scalar; readonly high: Scalar }
  | { readonly op: "known"; readonly field: string }
  | { readonly op: "within_days" | "older_than_days" | "birthday_within"; readonly field: string; readonly days: number }
  | { readonly op: "near"; readonly field: string; readonly lat: number; readonly lon: number; readonly km: number };

export interface DidRule {
  readonly op: "did";
  readonly relation: string;
  readonly where: Rule | null;
  readonly window: Window;
  readonly measure: Measure;
  readonly of: string | null;
  readonly compare: Compare;
  readonly value: number;
}

/** The most of something inside some days in a row. */
export interface CountWithinRule {
  readonly op: "count_within";
  readonly relation: string;
  readonly where: Rule | null;
  readonly window: Window;
  readonly days: number;
  readonly measure: "count" | "days" | "sum";
  readonly of: string | null;
  readonly value: number;
}

/** A record of the relation, at most so many hours after the step before; absent: none came in that time. */
export interface StepRule {
  readonly relation: string;
  readonly where: Rule | null;
  readonly within_hours: number | null;
  readonly absent: boolean;
}

export interface SequenceRule {
  readonly op: "sequence";
  readonly steps: readonly StepRule[];
  readonly window: Window;
}

export type Rule =
  | { readonly op: "and" | "or"; readonly rules: readonly Rule[] }
  | { readonly op: "not"; readonly rule: Rule }
  | { readonly op: "everyone" }
  | { readonly op: "in_segment"; readonly segment_id: number }
  | FieldRule
  | DidRule
  | CountWithinRule
  | SequenceRule;

interface Words {
  readonly zh: string;
  readonly en: string;
}

/** What rules may ask about; the server draws it from its own registry, so its schema leaves it open. */
export interface CatalogField {
  readonly key: string;
  readonly label: Words;
  readonly type: "int" | "money" | "text" | "date" | "set" | "bool" | "month_day" | "cell";
  readonly unit: Words | null;
  readonly options: readonly { readonly value: string | number; readonly label: Words }[] | null;
  readonly live: boolean;
  readonly operators: readonly FieldRule["op"][];
}

export interface Relation {
  readonly key: string;
  readonly label: Words;
  readonly fields: readonly CatalogField[];
}

/** A tag that conditions can ask about; the condition of a value is to be in its segment. */
export interface TagChoice {
  readonly id: number;
  readonly folder: string;
  readonly name: string;
  readonly values: readonly { readonly no: number; readonly label: string; readonly segment_id: number }[];
}

export interface Catalog {
  readonly tags: readonly TagChoice[];
  readonly relations: readonly Relation[];
}

/** A link that opens the builder with a rule, so any figure can lead to the people behind it. */
export function peopleOf(rule: Rule): string {
  return `/segments/new?rule=${encodeURIComponent(JSON.stringify(rule))}`;
}
