import { edgesFrom, type Drawing, type WaysOf } from "./drawing";

const GAP = { x: 260, y: 150 } as const;
const SWEEPS = 8;

/** Every node's place: layers from the entries down, few crossings, each node near what it hangs together with. */
export function arranged(drawing: Drawing, isEntry: (kind: string) => boolean, waysOf: WaysOf): Readonly<Record<string, { readonly x: number; readonly y: number }>> {
  const next = following(drawing, waysOf);
  const starts = drawing.nodes.filter((node) => isEntry(node.kind)).map((node) => node.key);
  const order = topological(drawing.nodes.map((node) => node.key), starts, next);
  const [layers, short] = withBends(layered(order, next), next);
  const x = placed(layers, short);
  return Object.fromEntries(layers.flatMap((layer, depth) => layer.filter((key) => next.has(key)).map((key) => [key, { x: Math.round(x.get(key) ?? 0), y: depth * GAP.y }] as const)));
}

/** Ways that pass layers by get a bend in each of them, so that no node stands in their way. */
function withBends(layers: string[][], next: Next): [string[][], Next] {
  const depth = new Map(layers.flatMap((layer, at) => layer.map((key) => [key, at] as const)));
  const short = new Map<string, readonly string[]>();
  for (const [from, tos] of next) {
    const firsts = tos.map((to, way) => {
      const [top, bottom] = [depth.get(from) ?? 0, depth.get(to) ?? 0];
      const bends = Array.from({ length: Math.max(0, bottom - top - 1) }, (_, at) => `${from} ${way} ${top + 1 + at}`);
      bends.forEach((bend, at) => {
        layers[top + 1 + at]?.push(bend);
        short.set(bend, [bends[at + 1] ?? to]);
      });
      return bends[0] ?? to;
    });
    short.set(from, firsts);
  }
  return [layers, short];
}

type Next = ReadonlyMap<string, readonly string[]>;

/** Where each node leads, in the order of its ways. */
function following(drawing: Drawing, waysOf: WaysOf): Next {
  const known = new Set(drawing.nodes.map((node) => node.key));
  return new Map(
    drawing.nodes.map((node) => {
      const ways = waysOf(node);
      const edges = edgesFrom(drawing, node.key).filter((edge) => known.has(edge.to));
      return [node.key, edges.sort((a, b) => ways.indexOf(a.way) - ways.indexOf(b.way)).map((edge) => edge.to)];
    }),
  );
}

/** All nodes so that each comes after what leads to it; ways that lead back are left out of the question. */
function topological(keys: readonly string[], starts: readonly string[], next: Next): string[] {
  const done = new Set<string>();
  const order: string[] = [];
  const visit = (key: string) => {
    if (done.has(key)) return;
    done.add(key);
    [...(next.get(key) ?? [])].reverse().forEach(visit);
    order.push(key);
  };
  [...starts].reverse().forEach(visit);
  keys.forEach(visit);
  return order.reverse();
}

function layered(order: readonly string[], next: Next): string[][] {
  const place = new Map(order.map((key, at) => [key, at]));
  const depth = new Map<string, number>();
  for (const key of order) {
    const own = depth.get(key) ?? 0;
    depth.set(key, own);
    for (const to of next.get(key) ?? []) if ((place.get(to) ?? 0) > (place.get(key) ?? 0)) depth.set(to, Math.max(depth.get(to) ?? 0, own + 1));
  }
  const layers = Array.from({ length: 1 + Math.max(-1, ...depth.values()) }, (): string[] => []);
  for (const key of order) layers[depth.get(key) ?? 0]?.push(key);
  return layers;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Order each layer by its neighbours, then let each node stand as near to them as the others leave room. */
function placed(layers: string[][], next: Next): Map<string, number> {
  const before = new Map<string, string[]>();
  next.forEach((tos, from) => tos.forEach((to) => before.set(to, [...(before.get(to) ?? []), from])));
  const x = new Map(layers.flatMap((layer) => layer.map((key, at) => [key, (at - (layer.length - 1) / 2) * GAP.x] as const)));
  // A fork's children want to stand on its two sides, in the order of its ways.
  const offered = (key: string) =>
    (before.get(key) ?? []).map((from) => {
      const tos = [...new Set(next.get(from) ?? [])];
      return (x.get(from) ?? 0) + (tos.indexOf(key) - (tos.length - 1) / 2) * GAP.x;
    });
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = new Map(
        layer.map((key) => {
          const near = down ? offered(key) : (next.get(key) ?? []).map((to) => x.get(to) ?? 0);
          return [key, near.length ? mean(near) : (x.get(key) ?? 0)] as const;
        }),
      );
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      apart(layer.map((key) => wanted.get(key) ?? 0), GAP.x).forEach((at, place) => x.set(layer[place] ?? "", at));
    }
  }
  return x;
}

/** Places as near as can be to the wanted ones (in the least-squares sense), in their order and `gap` apart. */
export function apart(wanted: readonly number[], gap: number): number[] {
  const pools: { sum: number; n: number }[] = [];
  wanted.forEach((want, place) => {
    pools.push({ sum: want - place * gap, n: 1 });
    for (let last = pools.at(-1), one = pools.at(-2); last && one && one.sum / one.n > last.sum / last.n; last = pools.at(-1), one = pools.at(-2)) {
      pools.splice(-2, 2, { sum: one.sum + last.sum, n: one.n + last.n });
    }
  });
  return pools.flatMap(({ sum, n }) => Array.from({ length: n }, () => sum / n)).map((value, place) => value + place * gap);
}
