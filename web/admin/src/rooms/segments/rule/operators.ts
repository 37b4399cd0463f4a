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
  month_day: ["birthday_within", "known"],
  cell: ["near", "known"],
};

const CHOICE: readonly Op[] = ["in", "eq", "ne", "known"];

/** Comparisons that make sense for a field, the likeliest first. */
export function operatorsOf(field: CatalogField): readonly Op[] {
  if (field.type === "text" && field.options?.length) return CHOICE;
  return BY_TYPE[field.type] ?? ["eq", "known"];
}

type Operands = (before: Partial<DraftField>, field: CatalogField) => Partial<DraftField>;

const value: Operands = (before, field) => ({ value: before.value ?? (field.type === "bool" ? true : null) });
const age: Operands = (before) => ({ days: before.days ?? 30 });
const OPERANDS: Partial<Record<Op, Operands>> = {
  known: () => ({}),
  in: (before) => ({ values: before.values ?? (before.value ? [before.value] : []) }),
  between: (before) => ({ low: before.low ?? null, high: before.high ?? null }),
  within_days: age,
  older_than_days: age,
  birthday_within: (before) => ({ days: before.days ?? 7 }),
  near: (before) => ({ lat: before.lat ?? null, lon: before.lon ?? null, km: before.km ?? 3 }),
};

/** A new comparison on a field, keeping of the old one what still fits. */
export function restart(field: CatalogField, op: Op, old?: DraftField): DraftField {
  return { op, field: field.key, ...(OPERANDS[op] ?? value)(old ?? {}, field) };
}

/** A point typed or pasted as "latitude, longitude"; both stay open until it can be one. */
export function readPoint(text: string): { readonly lat: number | null; readonly lon: number | null } {
  const [lat, lon, more] = text.split(/[,，\s]+/).filter(Boolean).map(Number);
  const fits = lat !== undefined && lon !== undefined && more === undefined && Math.abs(lat) <= 80 && Math.abs(lon) <= 180;
  return fits ? { lat, lon } : { lat: null, lon: null };
}
