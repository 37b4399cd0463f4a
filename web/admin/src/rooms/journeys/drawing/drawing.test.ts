import { describe, expect, it } from "vitest";
import { add, append, begun, change, connect, copy, disconnect, EMPTY, nextKey, paste, prune, remove, type Drawing, type DrawnNode } from "./drawing";
import { begin, step } from "./history";
import { apart, arranged } from "./layout";
import { walk } from "./walk";

const WAYS: Record<string, readonly string[]> = { entry: ["entered"], wait: ["waited"], ask: ["yes", "no"], tell: ["messaged"], exit: [] };
const waysOf = (node: DrawnNode) => WAYS[node.kind] ?? [];
const node = (key: string, kind: string): DrawnNode => ({ key, kind, config: {}, x: 0, y: 0, note: "" });
const line = (...nodes: readonly (readonly [string, string])[]): Drawing =>
  nodes.reduce((drawing, [key, kind], place) => append(drawing, node(key, kind), nodes[place - 1]?.[0] ?? null, waysOf), EMPTY);
const ways = (drawing: Drawing) => drawing.edges.map((edge) => `${edge.from}.${edge.way}>${edge.to}`).sort();

/** Entry, three days, a question, a message to those who say no, the end. */
const chase = () => {
  const drawn = append(line(["in", "entry"], ["days", "wait"], ["asked", "ask"], ["end", "exit"]), node("told", "tell"), "asked", waysOf);
  return connect(drawn, { from: "told", way: "messaged", to: "end" });
};

describe("a drawing", () => {
  it("grows by the first way that is free", () => {
    expect(ways(chase())).toEqual(["asked.no>told", "asked.yes>end", "days.waited>asked", "in.entered>days", "told.messaged>end"]);
  });

  it("takes a node in where every way is taken, and leads on as before", () => {
    const grown = append(line(["in", "entry"], ["end", "exit"]), node("days", "wait"), "in", waysOf);
    expect(ways(grown)).toEqual(["days.waited>end", "in.entered>days"]);
    const [first, days, end] = ["in", "days", "end"].map((key) => grown.nodes.find((one) => one.key === key)?.y ?? 0);
    expect([first, days, end]).toEqual([...new Set([first, days, end])].sort((a, b) => (a ?? 0) - (b ?? 0)));
  });

  it("leads each way to one place and no node to itself", () => {
    const drawn = chase();
    const moved = connect(drawn, { from: "asked", way: "yes", to: "told" });
    expect(ways(moved)).toContain("asked.yes>told");
    expect(moved.edges).toHaveLength(drawn.edges.length);
    expect(connect(drawn, { from: "asked", way: "yes", to: "asked" })).toBe(drawn);
    expect(ways(disconnect(drawn, "asked", "no"))).not.toContain("asked.no>told");
  });

  it("heals where a node with one way on is taken away, and only there", () => {
    expect(ways(remove(chase(), ["days"]))).toContain("in.entered>asked");
    expect(ways(remove(chase(), ["asked"]))).toEqual(["in.entered>days", "told.messaged>end"]);
    expect(ways(remove(chase(), ["days", "told"]))).toEqual(["asked.no>end", "asked.yes>end", "in.entered>asked"]);
  });

  it("forgets the ways that a node has no more", () => {
    expect(ways(prune(chase(), "asked", ["yes"]))).not.toContain("asked.no>told");
  });

  it("pastes nodes with the ways among them under keys that nobody had", () => {
    const drawn = change(chase(), "days", { config: { experiment: "same" } });
    const pasted = paste(drawn, copy(drawn, ["days", "asked"]), ["wait_1"]);
    expect(pasted.keys).toEqual(["wait_2", "ask_1"]);
    expect(ways(pasted.drawing)).toContain("wait_2.waited>ask_1");
    expect(pasted.drawing.nodes.find((one) => one.key === "wait_2")?.config["experiment"]).not.toBe("same");
    expect(nextKey(drawn, "days")).toBe("days_1");
  });

  it("begins from the gallery with chance of its own", () => {
    const kept = change(chase(), "days", { config: { experiment: "same", bp: 1 } });
    expect(begun(kept).nodes[1]?.config).toMatchObject({ bp: 1 });
    expect(begun(kept).nodes[1]?.config["experiment"]).not.toBe("same");
  });
});

describe("steps", () => {
  it("are taken back and done again, typing as one", () => {
    let history = begin(chase());
    const note = (text: string) => step(history, { type: "draw", typing: "note", make: (drawing) => change(drawing, "told", { note: text }) });
    for (const text of ["a", "ab", "abc"]) history = note(text);
    history = step(history, { type: "draw", make: (drawing) => remove(drawing, ["days"]) });
    history = step(history, { type: "undo" });
    expect(history.now.nodes.find((one) => one.key === "told")?.note).toBe("abc");
    history = step(history, { type: "undo" });
    expect(history.now).toEqual(chase());
    history = step(step(history, { type: "redo" }), { type: "redo" });
    expect(history.now.nodes.map((one) => one.key)).not.toContain("days");
    expect(step(history, { type: "redo" })).toBe(history);
  });
});

describe("the layout", () => {
  const layout = (drawing: Drawing) => arranged(drawing, (kind) => kind === "entry", waysOf);

  it("puts each node below what leads to it, a fork's ways side by side in their order", () => {
    const swapped = connect(connect(chase(), { from: "asked", way: "yes", to: "told" }), { from: "asked", way: "no", to: "end" });
    const at = layout(swapped);
    const y = (key: string) => at[key]?.y ?? 0;
    expect([y("in"), y("days"), y("asked"), y("told"), y("end")]).toEqual([0, 150, 300, 450, 600]);
    const fork = layout(append(append(line(["in", "entry"], ["asked", "ask"]), node("l", "tell"), "asked", waysOf), node("r", "tell"), "asked", waysOf));
    expect((fork["l"]?.x ?? 0) + 260).toBeLessThanOrEqual(fork["r"]?.x ?? 0);
    expect(fork["asked"]?.x).toBe(((fork["l"]?.x ?? 0) + (fork["r"]?.x ?? 0)) / 2);
  });

  it("leaves room for a way that passes nodes by", () => {
    const at = layout(chase()); // those who say yes go past the message to the end
    expect(at["told"]?.x).toBeGreaterThan(at["asked"]?.x ?? 0);
    const other = layout(connect(connect(chase(), { from: "asked", way: "yes", to: "told" }), { from: "asked", way: "no", to: "end" }));
    expect(other["told"]?.x).toBeLessThan(other["asked"]?.x ?? 0);
  });

  it("lets no two nodes lie on each other, also where ways lead back or nobody gets", () => {
    const round = add(connect(chase(), { from: "told", way: "messaged", to: "days" }), node("alone", "tell"));
    const places = Object.values(layout(round));
    expect(places).toHaveLength(6);
    for (const [at, one] of places.entries())
      for (const other of places.slice(at + 1)) expect(one.y !== other.y || Math.abs(one.x - other.x) >= 260).toBe(true);
  });

  it("keeps places apart and as near as can be", () => {
    expect(apart([0, 0, 0], 10)).toEqual([-10, 0, 10]);
    expect(apart([0, 100], 10)).toEqual([0, 100]);
    expect(apart([], 10)).toEqual([]);
  });
});

describe("arrows", () => {
  it("walk along the ways, and sideways to the nearest", () => {
    const drawn = { ...chase(), nodes: chase().nodes.map((one) => (one.key === "told" ? { ...one, x: 500, y: 450 } : one)) };
    expect(walk(drawn, "in", "ArrowDown", waysOf)).toBe("days");
    expect(walk(drawn, "asked", "ArrowDown", waysOf)).toBe("end");
    expect(walk(drawn, "days", "ArrowUp", waysOf)).toBe("in");
    expect(walk(drawn, "end", "ArrowRight", waysOf)).toBe("told");
    expect(walk(EMPTY, null, "ArrowDown", waysOf)).toBeNull();
  });
});
