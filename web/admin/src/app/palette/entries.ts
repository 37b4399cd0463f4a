import { useQuery } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { useCampaigns, useSegments } from "@/api/queries";
import { useMay, type IconName } from "@/ui";
import { placesOf } from "../places";
import { appWords } from "../words";
import { recent } from "./recent";

export const groups = ["recent", "customers", "actions", "pages", "segments", "campaigns", "audiences"] as const;
export type Group = (typeof groups)[number];

export interface Entry {
  readonly to: string;
  readonly title: string;
  readonly group: Group;
  readonly icon: IconName;
  /** The permission, or the route of the server, without which it is not offered; null: everybody may. */
  readonly needs: string | null;
}

const NAMED = 8;
const LETTERS = 2;

/** The customers a phone or an order number belongs to; a question that nobody waits for any more is cancelled. */
function useFound(q: string, may: boolean) {
  return useQuery({
    queryKey: ["palette", q],
    queryFn: ({ signal }) => ask(api.GET("/api/customers", { params: { query: { q, limit: 6 } }, signal })),
    enabled: may && q.length >= LETTERS,
    staleTime: 30_000,
  });
}

function useAudiences(may: boolean) {
  return useQuery({ queryKey: ["audiences", "all"], queryFn: ({ signal }) => ask(api.GET("/api/audiences", { signal })), enabled: may });
}

function useFixed(): Entry[] {
  const t = appWords.use();
  const may = useMay();
  const page = (to: string, title: string, icon: IconName, needs: string | null): Entry => ({ to, title, group: "pages", icon, needs });
  const action = (to: string, title: string, needs: string, icon: IconName = "plus"): Entry => ({ to, title, group: "actions", icon, needs });
  return [
    action("/segments/new", t("newSegment"), "segments.write"),
    action("/campaigns/new", t("newCampaign"), "campaigns.write"),
    action("/imports/new", t("importFile"), "ingest.write", "imports"),
    action("/sources/new", t("connectSource"), "ingest.write", "sources"),
    ...placesOf(may).map((place) => page(place.to, t(place.word), place.icon, null)),
    page("/imports?tab=rows", t("rowsToFix"), "wrench", "GET /api/quarantine"),
    page("/fields", t("fields"), "columns", "GET /api/data/fields"),
    page("/start", t("start"), "check", "ingest.write"),
    page("/customers/review", t("review"), "merge", "GET /api/identity/review"),
    page("/settings?tab=audit", t("audit"), "clock", "GET /api/audit"),
    page("/settings?tab=accounts", t("accounts"), "settings", "GET /api/accounts"),
    page("/settings?tab=practice", t("practice"), "settings", "settings.read"),
    page("/account", t("myAccount"), "user", null),
  ];
}

export const fits = (entry: Pick<Entry, "title">, q: string) => entry.title.toLowerCase().includes(q.toLowerCase());

/** What the palette offers for some letters: what was opened lately first, then whatever the letters name. */
export function useEntries(q: string, whose: string): { readonly entries: readonly Entry[]; readonly searching: boolean } {
  const may = useMay();
  const reads = may("segments.read");
  const some = { q, limit: NAMED };
  const segments = useSegments(some, reads && q !== "");
  const campaigns = useCampaigns(some, may("campaigns.read") && q !== "");
  const audiences = useAudiences(reads);
  const found = useFound(q, may("customers.read"));
  const fixed = useFixed();
  const allowed = (entry: Entry) => entry.needs === null || may(entry.needs);
  const lately = recent(whose).map((entry): Entry => ({ ...entry, group: "recent" })).filter(allowed);
  if (!q) {
    const shown = new Set(lately.map((entry) => entry.to));
    return { entries: [...lately, ...fixed.filter((entry) => allowed(entry) && !shown.has(entry.to))], searching: false };
  }
  const named: Entry[] = [
    ...(segments.data?.items ?? []).map((item): Entry => ({ to: `/segments/${item.id}`, title: item.name, group: "segments", icon: "segments", needs: "segments.read" })),
    ...(campaigns.data?.items ?? []).map((item): Entry => ({ to: `/campaigns/${item.id}`, title: item.name, group: "campaigns", icon: "campaigns", needs: "campaigns.read" })),
    ...(audiences.data?.items ?? []).map((item): Entry => ({ to: `/segments/${item.segment_id}?tab=audiences`, title: item.name, group: "audiences", icon: "download", needs: "segments.read" })),
  ];
  const people = (found.data?.items ?? []).map((item): Entry => ({ to: `/customers/${item.uid}`, title: item.label, group: "customers", icon: "user", needs: "customers.read" }));
  const byName = [...fixed, ...named].filter((entry) => allowed(entry) && fits(entry, q));
  const few = groups.flatMap((group) => [...people, ...byName].filter((entry) => entry.group === group).slice(0, NAMED));
  return { entries: few, searching: found.isFetching };
}
