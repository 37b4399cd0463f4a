import { useChannels } from "@/api/queries";
import { usePick } from "@/ui";
import { words } from "./words";

const STATES: readonly string[] = ["waiting", "sent", "suppressed", "failed", "unknown", "delivered", "not_delivered", "clicked", "replied", "opted_out"];
const REASONS: readonly string[] = ["consent.missing", "consent.opposed", "address.missing", "frequency.reached", "person.same", "campaign.stopped", "no.answer", "priority.waits"];
const WAITS: readonly string[] = ["", "hour", "turn", "priority.waits"];

export function useStateWord(): (state: string) => string {
  const t = words.use();
  return (state) => (STATES.includes(state) ? t(`s.${state as "sent"}`) : state);
}

/** Why a message did not go or arrive; a platform's own code stands as it is. */
export function useWhyWord(): (reason: string) => string {
  const t = words.use();
  return (reason) => {
    if (REASONS.includes(reason)) return t(`r.${reason as "no.answer"}`);
    return reason.startsWith("suppressed.") ? `${t("r.suppressed")} · ${reason.slice(11)}` : reason;
  };
}

export function useWaitWord(): (why: string) => string {
  const t = words.use();
  return (why) => (WAITS.includes(why) ? t(`w.${why as "hour"}`) : why);
}

export function useChannelTitle(): (key: string) => string {
  const say = usePick();
  const channels = useChannels();
  return (key) => {
    const found = channels.data?.find((item) => item.key === key);
    return found ? say(found.title) : key;
  };
}
