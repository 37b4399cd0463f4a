import { useState, type RefObject } from "react";
import { useKeys } from "../useKeys";

interface Acts {
  readonly open: (place: number) => void;
  readonly edit?: ((place: number) => void) | undefined;
  readonly select?: ((place: number) => void) | undefined;
}

/** j and k walk the rows; on the one they stand on Enter opens, e edits, x selects. Returns its place or -1. */
export function useListKeys(rows: number, body: RefObject<HTMLTableSectionElement | null>, { open, edit, select }: Acts): number {
  const [active, setActive] = useState(-1);
  const now = active < rows ? active : -1;
  const go = (place: number) => {
    const next = Math.max(0, Math.min(rows - 1, place));
    setActive(next);
    body.current?.rows[next]?.scrollIntoView({ block: "nearest" });
  };
  useKeys({
    j: () => go(now + 1),
    k: () => go(now - 1),
    Escape: () => setActive(-1),
    e: () => now >= 0 && edit?.(now),
    x: () => now >= 0 && select?.(now),
    Enter: (event) => {
      const onControl = event.target instanceof Element && event.target.closest("a, button");
      if (now >= 0 && !onControl) open(now);
    },
  });
  return now;
}
