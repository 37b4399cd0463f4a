import type { CountWithinRule, DidRule, FieldRule, Rule, Window } from "@/api/rule";
import { sequenceDone, sequenceOf, sequenceRule, type SequenceLeaf } from "./sequence";

/** The rule as the builder edits it: groups and leaves with ids, any of them negated. */
export interface Group {
  readonly id: string;
  readonly kind: "group";
  readonly not: boolean;
  readonly op: "and" | "or";
  readonly nodes: readonly Node[];
}

export interface FieldLeaf {
  readonly id: string;
  readonly kind: "field";
  readonly not: boolean;
  /** Parts stay empty until chosen. */
  readonly rule: DraftField;
}

export interface DidLeaf {
  readonly id: string;
  readonly kind: "did";
  readonly not: boolean;
  readonly did: Omit<DidRule, "where" | "op" | "value"> & { readonly value: number | null };
  /** Measured inside the best so many days in a row instead of the whole window. */
  readonly run: number | null;
  readonly where: Group;
}

export interface SegmentLeaf {
  readonly id: string;
  readonly kind: "segment";
  readonly not: boolean;
  readonly segment: number | null;
  /** Chosen by a tag and its value; null while the tag is open. */
  readonly tag?: number | null;
}

export type Node = Group | FieldLeaf | DidLeaf | SequenceLeaf | SegmentLeaf;

export interface DraftField {
  readonly op: FieldRule["op"];
  readonly field: string;
  readonly value?: string | number | boolean | null;
  readonly values?: readonly (string | number | boolean)[];
  readonly low?: string | number | boolean | null;
  readonly high?: string | number | boolean | null;
  readonly days?: number | null;
  readonly lat?: number | null;
  readonly lon?: number | null;
  readonly km?: number | null;
}

let last = 0;
export const id = (): string => `n${++last}`;

export const group = (op: Group["op"] = "and", nodes: readonly Node[] = [], not = false): Group => ({ id: id(), kind: "group", not, op, nodes });
export const fieldLeaf = (rule: DraftField, not = false): FieldLeaf => ({ id: id(), kind: "field", not, rule });
export const segmentLeaf = (segment: number | null, not = false): SegmentLeaf => ({ id: id(), kind: "segment", not, segment });
export const tagLeaf = (): SegmentLeaf => ({ id: id(), kind: "segment", not: false, segment: null, tag: null });
export const didLeaf = (relation: string, run: number | null = null): DidLeaf => ({
  id: id(),
  kind: "did",
  not: false,
  did: { relation, window: { kind: "last_days", days: run ? 90 : 30 }, measure: "count", of: null, compare: "ge", value: run ? 3 : 1 },
  run,
  where: group(),
});

/** A saved rule as a tree to edit. The root is always a group. */
export function fromRule(rule: Rule): Group {
  const node = nodeOf(rule, false);
  return node.kind === "group" && !node.not ? node : group("and", [node]);
}

/** A rule pasted as one group of a tree; what is no group gets one around it. */
export function groupFrom(rule: Rule): Group {
  const node = nodeOf(rule, false);
  return node.kind === "group" ? node : group("and", [node]);
}

function nodeOf(rule: Rule, not: boolean): Node {
  switch (rule.op) {
    case "and":
    case "or":
      return group(rule.op, rule.rules.map((part) => nodeOf(part, false)), not);
    case "not":
      return not ? group("and", [nodeOf(rule.rule, true)], true) : nodeOf(rule.rule, true);
    case "everyone":
      return group("and", [], not);
    case "in_segment":
      return segmentLeaf(rule.segment_id, not);
    case "did":
    case "count_within":
      return didOf(rule, not);
    case "sequence":
      return sequenceOf(rule, not);
    default:
      return fieldLeaf(rule, not);
  }
}

/** What a rule written by hand may leave out is as the server reads it. */
function didOf(rule: DidRule | CountWithinRule, not: boolean): DidLeaf {
  const { where, relation, window, measure = "count", of = null, value = 1 } = rule;
  const compare = rule.op === "did" ? (rule.compare ?? "ge") : "ge";
  const run = rule.op === "did" ? null : rule.days;
  return { id: id(), kind: "did", not, did: { relation, window, measure, of, compare, value }, run, where: where ? fromRule(where) : group() };
}

const filled = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

function fieldDone(rule: DraftField): boolean {
  if (!rule.field) return false;
  switch (rule.op) {
    case "known":
      return true;
    case "in":
      return (rule.values ?? []).length > 0;
    case "between":
      return filled(rule.low) && filled(rule.high);
    case "within_days":
    case "older_than_days":
    case "birthday_within":
      return filled(rule.days);
    case "near":
      return filled(rule.lat) && filled(rule.lon) && filled(rule.km);
    default:
      return filled(rule.value);
  }
}

const NEEDS_OF = new Set(["sum", "min", "max"]);

/** Whether a leaf says enough to be counted. Groups are judged by their leaves. */
export function complete(node: Node): boolean {
  switch (node.kind) {
    case "group":
      return node.nodes.every(complete);
    case "field":
      return fieldDone(node.rule);
    case "segment":
      return node.segment !== null;
    case "sequence":
      return windowDone(node.window) && sequenceDone(node);
    case "did": {
      const { did } = node;
      const valueDone = did.value !== null && (node.run === null || did.value > 0);
      return Boolean(did.relation) && valueDone && windowDone(did.window) && (!NEEDS_OF.has(did.measure) || Boolean(did.of)) && complete(node.where);
    }
  }
}

const windowDone = (window: Window): boolean => window.kind !== "between" || (filled(window.start) && filled(window.end));

const negated = (rule: Rule, not: boolean): Rule => (not ? { op: "not", rule } : rule);

/** The tree as a rule, or null while nothing is said (an empty root means everyone). */
export function toRule(node: Node): Rule | null {
  switch (node.kind) {
    case "group": {
      const rules = node.nodes.map(toRule).filter((rule) => rule !== null);
      return rules.length === 0 ? null : negated({ op: node.op, rules }, node.not);
    }
    case "field":
      return negated({ ...node.rule } as FieldRule, node.not);
    case "segment":
      return node.segment === null ? null : negated({ op: "in_segment", segment_id: node.segment }, node.not);
    case "sequence":
      return negated(sequenceRule(node), node.not);
    case "did":
      if (node.run !== null) return negated(countWithin(node, node.run), node.not);
      return negated({ op: "did", ...node.did, value: node.did.value ?? 0, where: toRule(node.where) }, node.not);
  }
}

function countWithin({ did, where }: DidLeaf, days: number): CountWithinRule {
  const { relation, window, measure, of, value } = did;
  return { op: "count_within", relation, where: toRule(where), window, days, measure: measure as CountWithinRule["measure"], of, value: value ?? 1 };
}

export function rootRule(root: Group): Rule {
  return toRule(root) ?? { op: "everyone" };
}
