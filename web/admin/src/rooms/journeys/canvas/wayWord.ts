import { useCallback } from "react";
import { words } from "../words";

const KNOWN = ["entered", "waited", "happened", "timed_out", "yes", "no", "treated", "held_out", "messaged", "rest", "given", "granted", "shortage", "done", "passed", "blocked", "too_often", "winner"] as const;

/** A way out in words; one that an operator named keeps its name. */
export function useWayWord(): (way: string) => string {
  const t = words.use();
  return useCallback(
    (way) => {
      const known = KNOWN.find((one) => one === way);
      return known ? t(`way.${known}`) : way;
    },
    [t],
  );
}
