import { useMemo, useState } from "react";

/** What is chosen on the canvas: nodes, or one way out of a node, or neither. */
export interface Chosen {
  readonly keys: readonly string[];
  readonly way: { readonly from: string; readonly way: string } | null;
  readonly set: (keys: readonly string[]) => void;
  readonly setWay: (from: string, way: string) => void;
  /** What the panel shows: the chosen node, or the settings of the whole. */
  readonly whole: boolean;
  readonly showWhole: (shown: boolean) => void;
}

const NOTHING = { keys: [] as readonly string[], way: null, whole: false };

export function useChosenParts(): Chosen {
  const [now, setNow] = useState<Pick<Chosen, "keys" | "way" | "whole">>(NOTHING);
  return useMemo(
    () => ({
      ...now,
      set: (keys) => setNow((before) => (before.way === null && !before.whole && same(before.keys, keys) ? before : { ...NOTHING, keys })),
      setWay: (from, way) => setNow({ ...NOTHING, way: { from, way } }),
      showWhole: (whole) => setNow({ ...NOTHING, whole }),
    }),
    [now],
  );
}

const same = (one: readonly string[], other: readonly string[]) => one.length === other.length && one.every((key, place) => key === other[place]);
