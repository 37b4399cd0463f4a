import { useMe } from "@/api/session";
import { usePick } from "@/ui";
import { useRoles } from "./queries";
import { words } from "./words";

interface Reaching {
  readonly brands: readonly number[] | null;
  readonly stores: readonly string[] | null;
}

/** How far somebody sees, in words. */
export function useReachWords(): (of: Reaching) => string {
  const t = words.use();
  const me = useMe();
  return ({ brands, stores }) => {
    if (brands === null && stores === null) return t("everything");
    const named = brands?.map((id) => me.data?.brands.find((brand) => brand.id === id)?.name ?? `#${id}`).join(t("comma"));
    const places = stores && t("stores", { n: stores.length, names: stores.slice(0, 3).join(t("comma")) + (stores.length > 3 ? "…" : "") });
    const one = (me.data?.brands.length ?? 0) < 2;
    return [named ?? (places && one ? null : t("allBrands")), places].filter(Boolean).join(" · ");
  };
}

/** What a role is called. */
export function useRoleName(): (key: string) => string {
  const roles = useRoles();
  const say = usePick();
  return (key) => {
    const found = roles.data?.items.find((role) => role.key === key);
    return found ? say(found.name) : "…";
  };
}
