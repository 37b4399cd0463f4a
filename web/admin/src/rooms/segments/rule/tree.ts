import type { DidRule, FieldRule, Rule } from "@/api/rule";

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
  readonly where: Group;
}

export interface SegmentLeaf {
  readonly id: string;
  readonly kind: "segment";
  readonly not: boolean;
  readonly segment: number | null;
}

export type Node = Group | FieldLeaf | DidLeaf | SegmentLeaf;

export interface DraftField {
  readonly op: FieldRule["op"];
  readonly field: string;
  readonly value?: string | number | boolean | null;
  readonly values?: readonly (string | number | boolean)[];
  readonly low?: string | number | boolean | null;
  readonly high?: string | number | boolean | null;
  readonly days?: number | null;
}

let last = 0;
const id = (): string => `n${++last}`;

export const group = (op: Group["op"] = "and", nodes: readonly Node[] = [], not = false): Group => ({ id: id(), kind: "group", not, op, nodes });
export const fieldLeaf = (rule: DraftField, not = false): FieldLeaf => ({ id: id(), kind: "field", not, rule });
export const segmentLeaf = (segment: number | null, not = false): SegmentLeaf => ({ id: id(), kind: "segment", not, segment });
export const didLeaf = (relation: string): DidLeaf => ({
  id: id(),
  kind: "did",
  not: false,
  did: { relation, window: { kind: "last_days", days: 30 }, measure: "count", of: null, compare: "ge", value: 1 },
  where: group(),
});

/** A saved rule as a tree to edit. The root is always a group. */
export function fromRule(rule: Rule): Group {
  const node = nodeOf(rule, false);
  return node.kind === "group" && !node.not ? node : group("and", [node]);
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
    case "did": {
      const { where, relation, window, measure, of, compare, value } = rule;
      const did = { relation, window, measure, of, compare, value };
      return { id: id(), kind: "did", not, did, where: where ? fromRule(where) : group() };
    }
    default:
      return fieldLeaf(rule, not);
  }
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
      return filled(rule.days);
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
    case "did": {
      const { did } = node;
      const windowDone = did.window.kind !== "between" || (filled(did.window.start) && filled(did.window.end));
      return Boolean(did.relation) && did.value !== null && windowDone && (!NEEDS_OF.has(did.measure) || Boolean(did.of)) && complete(node.where);
    }
  }
}

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
    case "did":
      return negated({ op: "did", ...node.did, value: node.did.value ?? 0, where: toRule(node.where) }, node.not);
  }
}

export function rootRule(root: Group): Rule {
  return toRule(root) ?? { op: "everyone" };
}
