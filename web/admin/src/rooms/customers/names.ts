import { format } from "@/ui";
import { readSuggestion } from "./suggestion";
import { words } from "./words";

const NAMESPACES: readonly string[] = [
  "member_no", "customer_id", "record", "phone", "email", "device", "anonymous_id", "order", "name_birthday", "unionid", "openid", "name", "number",
];
const REFUSALS: readonly string[] = ["member_no", "kept_apart", "blocked", "not_linkable", "over_cap"];

/** What a kind of identifier is called; kinds we do not know keep their own name. */
export function useNamespace(): (ns: string) => string {
  const t = words.use();
  return (ns) => (NAMESPACES.includes(ns) ? t(`ns.${ns as "phone"}`) : ns);
}

/** Why evidence is not used, in words; of a suggestion, how probable it is. */
export function useRefusal(): (reason: string) => string {
  const t = words.use();
  return (reason) => {
    const suggested = readSuggestion(reason);
    if (suggested) return t("i.probable", { share: format.percent(Math.floor(suggested.probability * 1e3) * 10) });
    return REFUSALS.includes(reason) ? t(`i.${reason as "blocked"}`) : reason;
  };
}

/** What the fields of a suggestion say; null for other evidence. */
export function useSuggested(): (reason: string) => string | null {
  const t = words.use();
  return (reason) => {
    const fields = readSuggestion(reason)?.fields.map(({ field, level }) => t(`level.${level}`, { field }));
    return fields ? [...fields, t("suggestedNote")].join(" · ") : null;
  };
}
