import { describe, expect, it } from "vitest";
import type { Rule } from "@/api/rule";
import { branchesOf, jsonFault } from "./branches";
import { begin, move, type History, type Move } from "./history";
import { fieldLeaf, fromRule, groupFrom, rootRule, toRule, type FieldLeaf } from "./tree";

const bought = (value: number): Rule => ({ op: "ge", field: "person.purchase_number", value });
const START: Rule = { op: "and", rules: [bought(2), { op: "known", field: "person.region" }] };

const played = (...moves: ((history: History) => Move)[]): History => moves.reduce((history, next) => move(history, next(history)), begin(fromRule(START)));
const first = ({ now }: History) => now.nodes[0] as FieldLeaf;
const typed = (value: number) => (history: History): Move => ({ type: "replace", node: { ...first(history), rule: { ...first(history).rule, value } } });
const undo = (): Move => ({ type: "undo" });
const redo = (): Move => ({ type: "redo" });

describe("the way back", () => {
  it("takes back step by step, and forth again", () => {
    const added = ({ now }: History): Move => ({ type: "add", parent: now.id, node: fieldLeaf({ op: "eq", field: "person.member", value: true }) });
    const negated = (history: History): Move => ({ type: "not", id: first(history).id });
    const done = played(added, negated);
    expect(rootRule(move(done, undo()).now)).toMatchObject({ rules: [bought(2), { op: "known" }, { op: "eq" }] });
    expect(rootRule([undo(), undo()].reduce(move, done).now)).toEqual(START);
    expect([undo(), undo(), redo(), redo()].reduce(move, done).now).toBe(done.now);
  });
  it("takes a number that was typed back whole, and only it", () => {
    const opened = (history: History): Move => ({ type: "replace", node: { ...first(history), rule: { ...first(history).rule, op: "le" } } });
    const done = played(opened, typed(1), typed(12), typed(120));
    expect(rootRule(move(done, undo()).now)).toMatchObject({ rules: [{ op: "le", value: 2 }, { op: "known" }] });
    expect(rootRule([undo(), undo()].reduce(move, done).now)).toEqual(START);
  });
  it("ends where there is nothing more, and forgets what was taken back once something else is done", () => {
    const untouched = begin(fromRule(START));
    expect(move(untouched, undo())).toBe(untouched);
    expect(move(untouched, redo())).toBe(untouched);
    const other = played(typed(5), undo, typed(7));
    expect(move(other, redo())).toBe(other);
    expect(move(untouched, { type: "not", id: "nowhere" })).toBe(untouched);
  });
});

describe("branches", () => {
  const deep = fromRule({
    op: "and",
    rules: [
      bought(2),
      { op: "not", rule: { op: "or", rules: [bought(2), { op: "in_segment", segment_id: 3 }] } },
      { op: "did", relation: "order", where: { op: "and", rules: [{ op: "ge", field: "order.net_fen", value: 5 }] }, window: { kind: "ever" }, measure: "count", of: null, compare: "ge", value: 1 },
    ],
  });
  it("are every condition and group about people, each once, as it stands with its no", () => {
    const rules = branchesOf(deep).map((rule) => JSON.parse(rule) as Rule);
    expect(rules.map((rule) => rule.op)).toEqual(["ge", "not", "in_segment", "did"]);
  });
  it("leave out what is not finished", () => {
    const open = fromRule({ op: "and", rules: [bought(2)] });
    const one = { ...open, nodes: [...open.nodes, fieldLeaf({ op: "ge", field: "person.net_fen", value: null })] };
    expect(branchesOf(one)).toHaveLength(1);
  });
});

describe("JSON", () => {
  it("comes in as one group, also when it is none, and goes out as it was", () => {
    const negated: Rule = { op: "not", rule: START };
    expect(toRule(groupFrom(negated))).toEqual(negated);
    expect(toRule(groupFrom(bought(3)))).toEqual({ op: "and", rules: [bought(3)] });
  });
  it("may leave out what the server has defaults for", () => {
    const short = { op: "did", relation: "order", window: { kind: "ever" } } as Rule;
    expect(rootRule(fromRule(short))).toEqual({
      op: "and",
      rules: [{ op: "did", relation: "order", where: null, window: { kind: "ever" }, measure: "count", of: null, compare: "ge", value: 1 }],
    });
  });
  it("says where it is broken", () => {
    expect(jsonFault('{"op": "everyone"}')).toBeNull();
    expect(jsonFault('{\n  "op": everyone\n}')).toEqual({ line: 2, column: 9 });
    expect(jsonFault("")).toEqual({ line: 1, column: 1 });
    expect(jsonFault('{"op":')).toMatchObject({ line: 1 });
  });
});
