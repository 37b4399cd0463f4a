import type { Tone } from "@/ui";
import { words } from "./words";

const kinds = ["sale", "refund", "stock", "cash"] as const;

/** What a kind of row is called. */
export function useKindWord(): (kind: string) => string {
  const t = words.use();
  return (kind) => {
    const known = kinds.find((one) => one === kind);
    return known ? t(`k.${known}`) : kind;
  };
}

/** How the states of an import look. */
export const tones: Readonly<Record<string, Tone>> = { running: "info", queued: "plain", done: "good", failed: "bad", cancelled: "plain", paused: "warning" };
