import { Tag, type Tone } from "@/ui";
import { words } from "./words";

const tones: Readonly<Record<string, Tone>> = { draft: "plain", live: "info", stopped: "warning", done: "good" };
const outcomes: readonly string[] = ["sent", "suppressed", "held_out", "unknown", "failed", "waiting", "exited"];
const reasons: readonly string[] = ["consent.missing", "frequency.reached", "person.same", "suppressed", "unknown"];

export function StateTag({ state }: { state: string }) {
  const t = words.use();
  return (
    <Tag tone={tones[state] ?? "plain"} dot={state === "live"}>
      {state in tones ? t(`s.${state as "draft"}`) : state}
    </Tag>
  );
}

export function useOutcomeWord(): (state: string) => string {
  const t = words.use();
  return (state) => (outcomes.includes(state) ? t(`p.${state as "sent"}`) : state);
}

/** Why someone was not contacted; "suppressed.complaint" is on the list because of a complaint. */
export function useReasonWord(): (reason: string) => string {
  const t = words.use();
  return (reason) => {
    const [head = "", ...rest] = reason.split(".");
    if (reasons.includes(reason)) return t(`r.${reason as "suppressed"}`);
    return head === "suppressed" ? `${t("r.suppressed")} · ${rest.join(".")}` : reason;
  };
}
