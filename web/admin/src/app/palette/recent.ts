import type { Entry } from "./entries";

const MOST = 6;

const key = (whose: string) => `regulars.recent.${whose}`;

/** What somebody opened lately from the palette, newest first. whose: of which user and brand. */
export function recent(whose: string): Entry[] {
  try {
    const kept: unknown = JSON.parse(window.localStorage.getItem(key(whose)) ?? "[]");
    return Array.isArray(kept) ? (kept as Entry[]).filter((entry) => typeof entry.to === "string" && typeof entry.title === "string") : [];
  } catch {
    return [];
  }
}

export function remember(whose: string, entry: Entry): void {
  const others = recent(whose).filter((one) => one.to !== entry.to);
  window.localStorage.setItem(key(whose), JSON.stringify([entry, ...others].slice(0, MOST)));
}
