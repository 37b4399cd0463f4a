import { describe, expect, it } from "vitest";
import type { Rule } from "@/api/rule";
import { reduce } from "./reducer";
import { complete, didLeaf, fieldLeaf, fromRule, group, rootRule, segmentLeaf, type Group } from "./tree";

const deep: Rule = {
  op: "and",
  rules: [
    { op: "ge", field: "person.purchase_number", value: 2 },
    { op: "not", rule: { op: "or", rules: [{ op: "in_segment", segment_id: 3 }, { op: "known", field: "person.region" }] } },
    {
      op: "did",
      relation: "line",
      where: { op: "and", rules: [{ op: "contains", field: "line.item_name", value: "LANTERN" }] },
      window: { kind: "between", start: "2011-01-01", end: "2011-07-01" },
      measure: "sum",
      of: "line.amount_fen",
      compare: "ge",
      value: 10000,
    },
  ],
};

const firstOf = (root: Group) => {
  const [first] = root.nodes;
  if (!first) throw new Error("empty group");
  return first;
};

describe("tree", () => {
  it("brings a rule back unchanged", () => {
    expect(rootRule(fromRule(deep))).toEqual(deep);
  });
  it("brings double negation back with the same meaning", () => {
    const rule: Rule = { op: "not", rule: { op: "not", rule: { op: "known", field: "person.region" } } };
    expect(rootRule(fromRule(rule))).toEqual({
      op: "and",
      rules: [{ op: "not", rule: { op: "and", rules: [{ op: "not", rule: { op: "known", field: "person.region" } }] } }],
    });
  });
  it("wraps a lone leaf in a group, and an empty tree means everyone", () => {
    expect(rootRule(fromRule({ op: "in_segment", segment_id: 1 }))).toEqual({ op: "and", rules: [{ op: "in_segment", segment_id: 1 }] });
    expect(rootRule(group())).toEqual({ op: "everyone" });
  });
  it("knows which leaves still miss something", () => {
    expect(complete(fieldLeaf({ op: "ge", field: "person.net_fen", value: null }))).toBe(false);
    expect(complete(fieldLeaf({ op: "ge", field: "person.net_fen", value: 0 }))).toBe(true);
    expect(complete(fieldLeaf({ op: "eq", field: "person.member", value: false }))).toBe(true);
    expect(complete(fieldLeaf({ op: "in", field: "person.region", values: [] }))).toBe(false);
    expect(complete(segmentLeaf(null))).toBe(false);
    const did = didLeaf("order");
    expect(complete(did)).toBe(true);
    expect(complete({ ...did, did: { ...did.did, measure: "sum" } })).toBe(false);
  });
});

describe("reducer", () => {
  it("adds to the group named, at any depth", () => {
    let root = fromRule(deep);
    const did = root.nodes[2];
    if (did?.kind !== "did") throw new Error("a did-leaf was expected");
    root = reduce(root, { type: "add", parent: did.where.id, node: fieldLeaf({ op: "ge", field: "line.quantity", value: 5 }) });
    const changed = root.nodes[2];
    expect(changed?.kind === "did" && changed.where.nodes).toHaveLength(2);
  });
  it("removes, negates and switches and/or", () => {
    let root = fromRule(deep);
    root = reduce(root, { type: "remove", id: root.nodes[2]?.id ?? "" });
    root = reduce(root, { type: "not", id: firstOf(root).id });
    root = reduce(root, { type: "op", id: root.id, op: "or" });
    const rule = rootRule(root);
    expect(rule).toMatchObject({ op: "or", rules: [{ op: "not", rule: { op: "ge" } }, { op: "not" }] });
  });
  it("leaves what it does not touch as it was", () => {
    const root = fromRule(deep);
    const next = reduce(root, { type: "not", id: firstOf(root).id });
    expect(next.nodes[1]).toBe(root.nodes[1]);
    expect(reduce(root, { type: "not", id: "nowhere" })).toBe(root);
  });
  it("removing the root leaves an empty one", () => {
    const root = fromRule(deep);
    expect(reduce(root, { type: "remove", id: root.id }).nodes).toHaveLength(0);
  });
});
