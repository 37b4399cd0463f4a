import { useState, type RefObject } from "react";
import { useKeys } from "../useKeys";

/** j and k walk the rows, Enter opens the one they stand on; returns its place or -1. */
export function useListKeys(rows: number, body: RefObject<HTMLTableSectionElement | null>, open: (place: number) => void): number {
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
    Enter: (event) => {
      const onControl = event.target instanceof Element && event.target.closest("a, button");
      if (now >= 0 && !onControl) open(now);
    },
  });
  return now;
}
