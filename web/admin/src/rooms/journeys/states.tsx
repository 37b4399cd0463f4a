import type { JourneyRow } from "@/api/types";
import { Tag, type Tone } from "@/ui";
import { words } from "./words";

export type State = JourneyRow["state"];

const TONES: Readonly<Record<State, Tone>> = { draft: "plain", live: "info", paused: "warning", draining: "info", done: "good", stopped: "warning" };

/** People walk, or can walk again. */
export const isMoving = (state: State): boolean => state === "live" || state === "draining";

export function StateTag({ state }: { state: State }) {
  const t = words.use();
  return (
    <Tag tone={TONES[state]} dot={isMoving(state)}>
      {t(`s.${state}`)}
    </Tag>
  );
}
