import type { paths } from "@/api/schema";
import type { IconName } from "@/ui";

type Route = `GET ${keyof paths}`;

/** The rooms of the console, and what of the server must be open for a room to be of use. */
export const places = [
  { to: "/", icon: "overview", word: "overview", any: ["GET /api/overview"] },
  { to: "/customers", icon: "customers", word: "customers", any: ["GET /api/customers"] },
  { to: "/segments", icon: "segments", word: "segments", any: ["GET /api/segments"] },
  { to: "/tags", icon: "tag", word: "tags", any: ["GET /api/tags"] },
  { to: "/campaigns", also: ["/delivery", "/templates"], icon: "campaigns", word: "marketing", any: ["GET /api/campaigns"] },
  { to: "/journeys", icon: "journeys", word: "journeys", any: ["GET /api/journeys"] },
  { to: "/imports", icon: "imports", word: "imports", any: ["GET /api/imports"] },
  { to: "/sources", icon: "sources", word: "sources", any: ["GET /api/sources"] },
  { to: "/quality", icon: "check", word: "quality", any: ["GET /api/data/quality"] },
  { to: "/settings", icon: "settings", word: "settings", any: ["GET /api/users", "GET /api/audit", "GET /api/accounts"] },
] as const satisfies readonly { to: string; also?: readonly string[]; icon: IconName; word: string; any: readonly Route[] }[];

export type Place = (typeof places)[number];

/** The places that somebody who may do such things has. */
export const placesOf = (may: (what: string) => boolean) => places.filter((place) => place.any.some(may));
