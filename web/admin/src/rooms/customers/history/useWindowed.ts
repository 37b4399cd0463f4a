import { useCallback, useState, type UIEvent } from "react";

/** Rows drawn beyond what is seen, so that a quick scroll meets no gap. */
const BEYOND = 12;

export interface Seen {
  readonly first: number;
  /** One after the last. */
  readonly end: number;
}

/** Which rows of equal height are to be drawn, out of however many there are. */
export function rowsSeen(top: number, height: number, row: number, count: number): Seen {
  const first = Math.max(0, Math.floor(top / row) - BEYOND);
  return { first: Math.min(first, Math.max(0, count - 1)), end: Math.min(count, Math.ceil((top + height) / row) + BEYOND) };
}

/** Follow a scrolled box of rows of equal height. */
export function useWindowed(row: number, count: number, height: number) {
  const [top, setTop] = useState(0);
  const onScroll = useCallback((event: UIEvent<HTMLElement>) => setTop(event.currentTarget.scrollTop), []);
  return { ...rowsSeen(top, height, row, count), onScroll };
}
