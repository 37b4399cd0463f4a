import type { Drawing } from "./drawing";

/** What is drawn, what it was before each step, and what was taken back. */
export interface History {
  readonly now: Drawing;
  readonly past: readonly Drawing[];
  readonly future: readonly Drawing[];
  /** The field that is typed into, so that a sentence is one step and not thirty. */
  readonly typing: string | null;
}

export type Move =
  | { readonly type: "draw"; readonly make: (drawing: Drawing) => Drawing; readonly typing?: string }
  | { readonly type: "load"; readonly drawing: Drawing }
  | { readonly type: "undo" }
  | { readonly type: "redo" };

const KEPT = 200;

export const begin = (now: Drawing): History => ({ now, past: [], future: [], typing: null });

export function step(history: History, move: Move): History {
  const { now, past, future } = history;
  if (move.type === "load") return begin(move.drawing);
  if (move.type === "draw") {
    const next = move.make(now);
    if (next === now) return history;
    const typing = move.typing ?? null;
    const same = typing !== null && typing === history.typing;
    return { now: next, past: same ? past : [...past, now].slice(-KEPT), future: [], typing };
  }
  const [from, to] = move.type === "undo" ? [past, future] : [future, past];
  const next = from.at(-1);
  if (!next) return history;
  const [left, grown] = [from.slice(0, -1), [...to, now]];
  return { now: next, past: move.type === "undo" ? left : grown, future: move.type === "undo" ? grown : left, typing: null };
}
