import { edgesFrom, nodeOf, type Drawing, type WaysOf } from "./drawing";

export type Arrow = "ArrowDown" | "ArrowUp" | "ArrowLeft" | "ArrowRight";

/** The node that an arrow leads to: along the ways up and down, to the nearest of the same height left and right. */
export function walk(drawing: Drawing, from: string | null, arrow: Arrow, waysOf: WaysOf): string | null {
  const node = nodeOf(drawing, from);
  if (!node) return drawing.nodes[0]?.key ?? null;
  if (arrow === "ArrowDown") {
    const ways = waysOf(node);
    return [...edgesFrom(drawing, node.key)].sort((a, b) => ways.indexOf(a.way) - ways.indexOf(b.way))[0]?.to ?? null;
  }
  if (arrow === "ArrowUp") return drawing.edges.find((edge) => edge.to === node.key)?.from ?? null;
  const side = arrow === "ArrowRight" ? 1 : -1;
  const beside = drawing.nodes.filter((one) => (one.x - node.x) * side > 0);
  const far = (one: { x: number; y: number }) => Math.abs(one.x - node.x) + 6 * Math.abs(one.y - node.y);
  return beside.sort((a, b) => far(a) - far(b))[0]?.key ?? null;
}
