import { Tag, type Tone } from "@/ui";
import { words } from "./words";

const tones: Readonly<Record<string, Tone>> = { draft: "plain", running: "info", published: "info", stopped: "warning", done: "good", finished: "good" };
const states: readonly string[] = ["draft", "running", "published", "done", "finished", "stopped"];
const outcomes: readonly string[] = ["sent", "delivered", "suppressed", "held_out", "unknown", "failed", "waiting", "would_send"];
const reasons: readonly string[] = ["no_consent", "consent", "quiet_hours", "frequency", "no_address", "suppression", "erased"];

export function StateTag({ state }: { state: string }) {
  const t = words.use();
  return (
    <Tag tone={tones[state] ?? "plain"} dot={state === "running"}>
      {states.includes(state) ? t(`s.${state as "draft"}`) : state}
    </Tag>
  );
}

export function useOutcomeWord(): (state: string) => string {
  const t = words.use();
  return (state) => (outcomes.includes(state) ? t(`p.${state as "sent"}`) : state);
}

export function useReasonWord(): (reason: string) => string {
  const t = words.use();
  return (reason) => (reasons.includes(reason) ? t(`r.${reason as "consent"}`) : reason);
}
