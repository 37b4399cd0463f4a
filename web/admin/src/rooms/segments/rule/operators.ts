import type { CatalogField, FieldRule } from "@/api/rule";
import type { DraftField } from "./tree";

export type Op = FieldRule["op"];

const NUMBER: readonly Op[] = ["ge", "le", "gt", "lt", "eq", "ne", "between", "known"];
const BY_TYPE: Readonly<Record<string, readonly Op[]>> = {
  int: NUMBER,
  money: NUMBER,
  text: ["eq", "ne", "in", "contains", "starts", "known"],
  date: ["within_days", "older_than_days", "ge", "lt", "between", "known"],
  set: ["has", "known"],
  bool: ["eq"],
};

const CHOICE: readonly Op[] = ["in", "eq", "ne", "known"];

/** Comparisons that make sense for a field, the likeliest first. */
export function operatorsOf(field: CatalogField): readonly Op[] {
  if (field.type === "text" && field.options?.length) return CHOICE;
  return BY_TYPE[field.type] ?? ["eq", "known"];
}

/** A new comparison on a field, keeping of the old one what still fits. */
export function restart(field: CatalogField, op: Op, old?: DraftField): DraftField {
  const base = { op, field: field.key };
  const before: Partial<DraftField> = old ?? {};
  if (op === "known") return base;
  if (op === "in") return { ...base, values: before.values ?? (before.value ? [before.value] : []) };
  if (op === "between") return { ...base, low: before.low ?? null, high: before.high ?? null };
  if (op === "within_days" || op === "older_than_days") return { ...base, days: before.days ?? 30 };
  return { ...base, value: before.value ?? (field.type === "bool" ? true : null) };
}
