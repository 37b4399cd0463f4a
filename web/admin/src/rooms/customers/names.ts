import { words } from "./words";

const NAMESPACES: readonly string[] = [
  "member_no", "customer_id", "record", "phone", "email", "device", "anonymous_id", "order", "name_birthday", "unionid", "openid",
];
const REFUSALS: readonly string[] = ["member_no", "kept_apart", "blocked", "not_linkable", "over_cap"];

/** What a kind of identifier is called; kinds we do not know keep their own name. */
export function useNamespace(): (ns: string) => string {
  const t = words.use();
  return (ns) => (NAMESPACES.includes(ns) ? t(`ns.${ns as "phone"}`) : ns);
}

/** Why evidence is not used, in words. */
export function useRefusal(): (reason: string) => string {
  const t = words.use();
  return (reason) => (REFUSALS.includes(reason) ? t(`i.${reason as "blocked"}`) : reason);
}
