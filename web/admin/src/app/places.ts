import type { IconName } from "@/ui";

/** The rooms of the console, and what one must be allowed for a room to be of use. */
export const places = [
  { to: "/", icon: "overview", word: "overview", any: ["insight.read"] },
  { to: "/customers", icon: "customers", word: "customers", any: ["customers.read"] },
  { to: "/segments", icon: "segments", word: "segments", any: ["segments.read"] },
  { to: "/tags", icon: "tag", word: "tags", any: ["segments.read"] },
  { to: "/campaigns", icon: "campaigns", word: "marketing", any: ["campaigns.read"] },
  { to: "/imports", icon: "imports", word: "imports", any: ["ingest.read"] },
  { to: "/sources", icon: "sources", word: "sources", any: ["ingest.read"] },
  { to: "/quality", icon: "check", word: "quality", any: ["ingest.read"] },
  { to: "/settings", icon: "settings", word: "settings", any: ["access.read", "audit.read", "settings.read"] },
] as const satisfies readonly { to: string; icon: IconName; word: string; any: readonly string[] }[];

/** The places that somebody who may do such things has. */
export const placesOf = (may: (permission: string) => boolean) => places.filter((place) => place.any.some(may));
