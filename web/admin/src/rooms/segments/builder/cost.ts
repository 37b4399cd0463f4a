import type { Preview } from "@/api/types";

type Cost = Preview["cost"];

/** How the parts of a rule are answered, the dearest first; what is kept already is one of the ways. */
const WAYS = ["scan", "arrays", "state", "bitmap"] as const;
export type Way = (typeof WAYS)[number] | "kept";

export function pathsOf(cost: Cost): Way[] {
  const taken = new Set(cost.parts.filter((part) => !part.kept).map((part) => part.path));
  const found: Way[] = WAYS.filter((way) => taken.has(way));
  if (cost.parts.some((part) => part.kept)) found.push("kept");
  return found;
}

/** Estimated seconds for people: whole, and never none. */
export const wholeSeconds = (cost: Cost): number => Math.max(1, Math.round(cost.seconds));
