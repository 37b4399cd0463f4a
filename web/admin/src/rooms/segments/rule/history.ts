import { reduce, type Action } from "./reducer";
import type { Group } from "./tree";

/** The rule being built, what it was before each step, and what was taken back. */
export interface History {
  readonly now: Group;
  readonly past: readonly Group[];
  readonly future: readonly Group[];
  /** The node that is typed into, so that a number of four digits is one step and not four. */
  readonly typing: string | null;
}

export type Move = Action | { readonly type: "undo" } | { readonly type: "redo" };

const KEPT = 100;
const TYPED = new Set(["value", "values", "low", "high", "days", "lat", "lon", "km", "start", "end", "run", "soon"]);

export const begin = (now: Group): History => ({ now, past: [], future: [], typing: null });

/** A tree without what somebody types into it. */
const shape = (root: Group): string => JSON.stringify(root, (key, part: unknown) => (TYPED.has(key) ? undefined : part));

export function move(history: History, step: Move): History {
  const { now, past, future } = history;
  if (step.type === "undo" || step.type === "redo") {
    const [from, to] = step.type === "undo" ? [past, future] : [future, past];
    const next = from.at(-1);
    if (!next) return history;
    const [left, grown] = [from.slice(0, -1), [...to, now]];
    return { now: next, past: step.type === "undo" ? left : grown, future: step.type === "undo" ? grown : left, typing: null };
  }
  const next = reduce(now, step);
  if (next === now) return history;
  const typing = step.type === "replace" && shape(now) === shape(next) ? step.node.id : null;
  const same = typing !== null && typing === history.typing;
  return { now: next, past: same ? past : [...past, now].slice(-KEPT), future: [], typing };
}
