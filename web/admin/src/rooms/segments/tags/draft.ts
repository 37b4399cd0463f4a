import type { Measure, Rule, Window } from "@/api/rule";
import type { TagIn, TagRow } from "@/api/types";

export type Origin = TagRow["origin"];

/** A value as the form edits it: what does not belong to the tag's origin stays empty. */
export interface DraftValue {
  /** Tells it from the others while it is edited. */
  readonly key: string;
  /** The server's number; 0 of a new one. */
  readonly no: number;
  readonly label: string;
  /** null while a condition still misses something. */
  readonly rule: Rule | null;
  readonly low: number | null;
  readonly match: readonly string[];
}

export interface Draft {
  readonly name: string;
  readonly folder: string;
  readonly owner: string;
  readonly description: string;
  readonly origin: Origin;
  readonly values: readonly DraftValue[];
  readonly attribute: string;
  readonly relation: string;
  readonly window: Window;
  readonly measure: Measure;
  readonly of: string | null;
}

let last = 0;
export const blankValue = (label = "", low: number | null = null): DraftValue => ({ key: `v${++last}`, no: 0, label, rule: null, low, match: [] });

export function blank(origin: Origin, folder: string): Draft {
  const bands = [blankValue("0", null), blankValue("1", 1), blankValue("2–3", 2), blankValue("4+", 4)];
  return {
    name: "",
    folder,
    owner: "",
    description: "",
    origin,
    values: origin === "computed" ? bands : [blankValue()],
    attribute: "",
    relation: "order",
    window: { kind: "last_days", days: 90 },
    measure: "count",
    of: null,
  };
}

interface Stored {
  readonly values: readonly { readonly no: number; readonly label: string; readonly rule?: Rule; readonly low?: number | null; readonly match?: readonly string[] }[];
  readonly attribute?: string;
  readonly relation?: string;
  readonly window?: Window;
  readonly measure?: Measure;
  readonly of?: string | null;
}

export function fromTag(tag: TagRow): Draft {
  const stored = tag.definition as unknown as Stored;
  const empty = blank(tag.origin, tag.folder);
  return {
    ...empty,
    name: tag.name,
    owner: tag.owner,
    description: tag.description,
    values: stored.values.map((value) => ({ ...blankValue(value.label, value.low ?? null), no: value.no, rule: value.rule ?? null, match: value.match ?? [] })),
    attribute: stored.attribute ?? "",
    relation: stored.relation ?? empty.relation,
    window: stored.window ?? empty.window,
    measure: stored.measure ?? empty.measure,
    of: stored.of ?? null,
  };
}

const NEEDS_OF = new Set<Measure>(["sum", "min", "max"]);

function valueReady(draft: Draft, value: DraftValue, place: number): boolean {
  if (!value.label.trim()) return false;
  if (draft.origin === "rule") return value.rule !== null;
  if (draft.origin === "imported") return value.match.length > 0;
  return draft.origin === "manual" || place === 0 || value.low !== null;
}

/** Whether the values say enough to be counted or kept. */
export function valuesReady(draft: Draft): boolean {
  const whole = draft.values.length > 0 && draft.values.every((value, place) => valueReady(draft, value, place));
  if (draft.origin === "computed") return whole && (!NEEDS_OF.has(draft.measure) || draft.of !== null);
  return whole && (draft.origin !== "imported" || draft.attribute.trim() !== "");
}

export const ready = (draft: Draft): boolean => draft.name.trim() !== "" && valuesReady(draft);

export function definitionOf(draft: Draft): TagIn["definition"] {
  const { origin, relation, window, measure, of } = draft;
  const values = draft.values.map((value) => {
    const words = { no: value.no, label: value.label.trim() };
    if (origin === "rule") return { ...words, rule: value.rule };
    if (origin === "computed") return { ...words, low: value.low };
    return origin === "imported" ? { ...words, match: value.match } : words;
  });
  if (origin === "computed") return { origin, values, relation, window, measure, of };
  return origin === "imported" ? { origin, values, attribute: draft.attribute.trim() } : { origin, values };
}

export function body(draft: Draft): TagIn {
  return { name: draft.name.trim(), folder: draft.folder, owner: draft.owner, description: draft.description, definition: definitionOf(draft) };
}
