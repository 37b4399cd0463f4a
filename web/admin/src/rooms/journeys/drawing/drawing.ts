/** A drawing as it is edited, and every change to it; nothing here knows of a page. */
export type Settings = Readonly<Record<string, unknown>>;

export interface DrawnNode {
  readonly key: string;
  readonly kind: string;
  readonly config: Settings;
  readonly x: number;
  readonly y: number;
  readonly note: string;
}

export interface Edge {
  readonly from: string;
  readonly way: string;
  readonly to: string;
}

export interface Drawing {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly Edge[];
  readonly settings: Settings;
}

/** The ways out of a node as far as they are known. */
export type WaysOf = (node: DrawnNode) => readonly string[];

export const EMPTY: Drawing = { nodes: [], edges: [], settings: {} };
export const MOST = 200;
export const STEP = { x: 260, y: 150 } as const;

interface Graph {
  readonly nodes?: readonly (Omit<DrawnNode, "config"> & { readonly config?: Settings | undefined })[] | undefined;
  readonly edges?: readonly Edge[] | undefined;
  readonly settings?: Settings | undefined;
}

/** A drawing as the server tells it. */
export const fromGraph = ({ nodes = [], edges = [], settings = {} }: Graph): Drawing => ({ nodes: nodes.map((node) => ({ ...node, config: node.config ?? {} })), edges, settings });

export const nodeOf = (drawing: Drawing, key: string | null): DrawnNode | undefined => drawing.nodes.find((node) => node.key === key);
export const edgesFrom = (drawing: Drawing, key: string): readonly Edge[] => drawing.edges.filter((edge) => edge.from === key);
const edgesTo = (drawing: Drawing, key: string): readonly Edge[] => drawing.edges.filter((edge) => edge.to === key);
const targetOf = (drawing: Drawing, key: string, way: string) => drawing.edges.find((edge) => edge.from === key && edge.way === way)?.to;

/** A key that no node has or had: who stood at an earlier one is still counted there. */
export function nextKey(drawing: Drawing, kind: string, taken: readonly string[] = []): string {
  const used = new Set([...drawing.nodes.map((node) => node.key), ...taken]);
  const stem = kind.toLowerCase().replace(/[^a-z0-9_]/g, "_").slice(0, 32);
  let number = 1;
  while (used.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

export function add(drawing: Drawing, node: DrawnNode): Drawing {
  return { ...drawing, nodes: [...drawing.nodes, node] };
}

/** Connect a way out with a node; each way leads to one place, and nothing leads to an entry or to itself. */
export function connect(drawing: Drawing, edge: Edge): Drawing {
  const [from, to] = [nodeOf(drawing, edge.from), nodeOf(drawing, edge.to)];
  if (!from || !to || edge.from === edge.to || targetOf(drawing, edge.from, edge.way) === edge.to) return drawing;
  return { ...drawing, edges: [...drawing.edges.filter((one) => one.from !== edge.from || one.way !== edge.way), edge] };
}

export function disconnect(drawing: Drawing, from: string, way: string): Drawing {
  const edges = drawing.edges.filter((edge) => edge.from !== from || edge.way !== way);
  return edges.length === drawing.edges.length ? drawing : { ...drawing, edges };
}

/** A free place: below what it follows, and beside what stands there already. */
export function placeFor(drawing: Drawing, after: DrawnNode | undefined, way = 0, ways = 1): { readonly x: number; readonly y: number } {
  if (!after) {
    const right = drawing.nodes.length ? Math.max(...drawing.nodes.map((node) => node.x)) + STEP.x : 0;
    return { x: right, y: 0 };
  }
  const wanted = { x: after.x + (way - (ways - 1) / 2) * STEP.x, y: after.y + STEP.y };
  const taken = (x: number) => drawing.nodes.some((node) => Math.abs(node.x - x) < STEP.x * 0.9 && Math.abs(node.y - wanted.y) < STEP.y * 0.6);
  while (taken(wanted.x)) wanted.x += STEP.x;
  return wanted;
}

/** Put a node behind another: on its first free way, else into its first way, before what stands there. */
export function append(drawing: Drawing, node: DrawnNode, after: string | null, waysOf: WaysOf): Drawing {
  const before = nodeOf(drawing, after);
  const ways = before ? waysOf(before) : [];
  const first = ways[0];
  if (!before || first === undefined) return add(drawing, { ...node, ...placeFor(drawing, before) });
  const free = ways.find((way) => targetOf(drawing, before.key, way) === undefined);
  if (free !== undefined) {
    const placed = { ...node, ...placeFor(drawing, before, ways.indexOf(free), ways.length) };
    return connect(add(drawing, placed), { from: before.key, way: free, to: node.key });
  }
  return insert(drawing, { ...node, x: before.x, y: before.y + STEP.y }, { from: before.key, way: first }, waysOf);
}

/** Put a node into a way that leads somewhere; everything below moves down to make room. */
export function insert(drawing: Drawing, node: DrawnNode, on: Omit<Edge, "to">, waysOf: WaysOf): Drawing {
  const to = targetOf(drawing, on.from, on.way);
  const below = to === undefined ? new Set<string>() : reached(drawing, to);
  const moved = drawing.nodes.map((one) => (below.has(one.key) && one.key !== on.from ? { ...one, y: one.y + STEP.y } : one));
  const put = connect(add({ ...drawing, nodes: moved }, node), { ...on, to: node.key });
  const way = waysOf(node)[0];
  return to === undefined || way === undefined ? put : connect(put, { from: node.key, way, to });
}

/** Every node that one can get to from here, itself too. */
export function reached(drawing: Drawing, from: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const ahead = [from];
  for (let key = ahead.pop(); key !== undefined; key = ahead.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    ahead.push(...edgesFrom(drawing, key).map((edge) => edge.to));
  }
  return seen;
}

/** Take nodes away. Where only one way led on, whoever led to a node now leads to what came after it. */
export function remove(drawing: Drawing, keys: readonly string[]): Drawing {
  return keys.reduce(removeOne, drawing);
}

function removeOne(drawing: Drawing, key: string): Drawing {
  if (!nodeOf(drawing, key)) return drawing;
  const on = [...new Set(edgesFrom(drawing, key).map((edge) => edge.to))].filter((to) => to !== key);
  const healed = on.length === 1 && on[0] !== undefined ? edgesTo(drawing, key).map((edge) => ({ ...edge, to: on[0] as string })) : [];
  const kept = drawing.edges.filter((edge) => edge.from !== key && edge.to !== key);
  return {
    ...drawing,
    nodes: drawing.nodes.filter((node) => node.key !== key),
    edges: [...kept, ...healed.filter((edge) => edge.from !== edge.to && edge.from !== key)],
  };
}

/** Change a node. */
export function change(drawing: Drawing, key: string, part: Partial<Omit<DrawnNode, "key">>): Drawing {
  return { ...drawing, nodes: drawing.nodes.map((node) => (node.key === key ? { ...node, ...part } : node)) };
}

/** Ways that a node has no more lead nowhere. */
export function prune(drawing: Drawing, key: string, ways: readonly string[]): Drawing {
  const edges = drawing.edges.filter((edge) => edge.from !== key || ways.includes(edge.way));
  return edges.length === drawing.edges.length ? drawing : { ...drawing, edges };
}

export function move(drawing: Drawing, places: Readonly<Record<string, { readonly x: number; readonly y: number }>>): Drawing {
  return { ...drawing, nodes: drawing.nodes.map((node) => ({ ...node, ...places[node.key] })) };
}

/** The chosen nodes and the ways among them, to be pasted here or in another journey. */
export function copy(drawing: Drawing, keys: readonly string[]): Pick<Drawing, "nodes" | "edges"> {
  const chosen = new Set(keys);
  return {
    nodes: drawing.nodes.filter((node) => chosen.has(node.key)),
    edges: drawing.edges.filter((edge) => chosen.has(edge.from) && chosen.has(edge.to)),
  };
}

/** Put copied nodes beside the others, under keys of their own. */
export function paste(drawing: Drawing, copied: Pick<Drawing, "nodes" | "edges">, taken: readonly string[] = []): { readonly drawing: Drawing; readonly keys: readonly string[] } {
  const names = new Map<string, string>();
  let next = drawing;
  for (const node of copied.nodes.slice(0, Math.max(0, MOST - drawing.nodes.length))) {
    const key = nextKey(next, node.kind, taken);
    names.set(node.key, key);
    next = add(next, { ...node, key, config: freshly(node.config, key), x: node.x + 40, y: node.y + 40 });
  }
  for (const edge of copied.edges) {
    const [from, to] = [names.get(edge.from), names.get(edge.to)];
    if (from && to) next = connect(next, { ...edge, from, to });
  }
  return { drawing: next, keys: [...names.values()] };
}

/** What is random in a node is random anew: the same experiment would give the same arms. */
export function freshly(config: Settings, key: string): Settings {
  return typeof config["experiment"] === "string" ? { ...config, experiment: experimentOf(key) } : config;
}

export function experimentOf(key: string): string {
  const salt = Array.from(crypto.getRandomValues(new Uint8Array(4)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${key}:${salt}`;
}

/** A drawing of the gallery as the beginning of a journey of its own. */
export function begun(drawing: Drawing): Drawing {
  return { ...drawing, nodes: drawing.nodes.map((node) => ({ ...node, config: freshly(node.config, node.key) })) };
}
