import { useCallback } from "react";
import { words } from "../words";

const KNOWN = ["entered", "waited", "missed", "happened", "timed_out", "yes", "no", "else", "treated", "held_out", "messaged", "reached", "again", "enough", "tagged", "removed", "updated", "emitted", "told", "passed", "too_often", "fresh", "tired"] as const;

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
