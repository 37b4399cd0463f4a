import { useState } from "react";

type Keys = ReadonlySet<string | number>;

/** The rows chosen in a list. A row that a filter takes away is not chosen any more. */
export function useChosen(shown: readonly (string | number)[]): { readonly keys: Keys; readonly set: (keys: Keys) => void } {
  const [chosen, set] = useState<Keys>(new Set());
  return { keys: new Set(shown.filter((key) => chosen.has(key))), set };
}
