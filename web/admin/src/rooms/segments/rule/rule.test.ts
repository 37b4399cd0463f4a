import { describe, expect, it } from "vitest";
import type { Rule } from "@/api/rule";
import { readPoint, restart } from "./operators";
import { reduce } from "./reducer";
import { sequenceLeaf, type SequenceLeaf } from "./sequence";
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

const timely: Rule = {
  op: "and",
  rules: [
    {
      op: "sequence",
      window: { kind: "last_days", days: 30 },
      steps: [
        { relation: "event:page.viewed", where: { op: "and", rules: [{ op: "eq", field: "event:page.viewed.item_id", value: "A1" }] }, within_hours: null, absent: false },
        { relation: "event:cart.added", where: null, within_hours: 72, absent: false },
        { relation: "order", where: null, within_hours: 24, absent: true },
      ],
    },
    { op: "not", rule: { op: "count_within", relation: "order", where: null, window: { kind: "ever" }, days: 7, measure: "sum", of: "order.net_fen", value: 50000 } },
    { op: "birthday_within", field: "person.birth_md", days: 7 },
    { op: "near", field: "person.cell", lat: 30.274, lon: 120.155, km: 3 },
  ],
};

const sequenceIn = (root: Group): SequenceLeaf => {
  const found = root.nodes.find((node) => node.kind === "sequence");
  if (found?.kind !== "sequence") throw new Error("a sequence was expected");
  return found;
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
  it("brings sequences, runs of days, birthdays and places back unchanged", () => {
    const root = fromRule(timely);
    expect(rootRule(root)).toEqual(timely);
    expect(complete(root)).toBe(true);
    expect(sequenceIn(root).steps.map((one) => [one.soon, one.unit])).toEqual([
      [24, "hours"],
      [3, "days"],
      [24, "hours"],
    ]);
  });
  it("lets only the last step be one that did not come", () => {
    const leaf = sequenceLeaf("event:cart.added", "order");
    expect(rootRule(group("and", [leaf]))).toMatchObject({ rules: [{ steps: [{ within_hours: null, absent: false }, { within_hours: 24, absent: true }] }] });
    const turned = { ...leaf, steps: leaf.steps.toReversed() };
    expect(rootRule(group("and", [turned]))).toMatchObject({ rules: [{ steps: [{ absent: false }, { absent: false }] }] });
  });
  it("waits for deadlines and points to be finished", () => {
    const leaf = sequenceLeaf("event:cart.added", "order");
    expect(complete(leaf)).toBe(true);
    expect(complete({ ...leaf, steps: leaf.steps.map((one) => ({ ...one, soon: null })) })).toBe(false);
    expect(complete({ ...leaf, steps: leaf.steps.map((one) => ({ ...one, soon: 367, unit: "days" as const })) })).toBe(false);
    expect(complete(didLeaf("order", 7))).toBe(true);
    const cell = { key: "person.cell", label: { zh: "", en: "" }, type: "cell", unit: null, options: null, live: true, operators: [] } as const;
    const near = restart(cell, "near");
    expect(complete(fieldLeaf(near))).toBe(false);
    expect(complete(fieldLeaf({ ...near, ...readPoint("30.274, 120.155") }))).toBe(true);
  });
  it("reads points as maps give them", () => {
    expect(readPoint("30.274，120.155")).toEqual({ lat: 30.274, lon: 120.155 });
    expect(readPoint(" -33.8 151 ")).toEqual({ lat: -33.8, lon: 151 });
    for (const text of ["", "30.2", "120.155, 30.274", "a, b", "1, 2, 3"]) expect(readPoint(text)).toEqual({ lat: null, lon: null });
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
  it("adds to the records of a step, and leaves the other steps as they were", () => {
    const root = fromRule(timely);
    const [viewed, carted, ordered] = sequenceIn(root).steps;
    const next = reduce(root, { type: "add", parent: carted?.where.id ?? "", node: fieldLeaf({ op: "ge", field: "event:cart.added.quantity", value: 2 }) });
    const changed = sequenceIn(next).steps;
    expect(changed[1]?.where.nodes).toHaveLength(1);
    expect([changed[0], changed[2]]).toEqual([viewed, ordered]);
    expect(changed[0]).toBe(viewed);
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
