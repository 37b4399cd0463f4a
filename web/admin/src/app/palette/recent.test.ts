import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Entry } from "./entries";
import { recent, remember } from "./recent";

const entry = (to: string): Entry => ({ to, title: to, group: "pages", icon: "user", needs: null });

describe("what was opened lately", () => {
  beforeEach(() => {
    const kept = new Map<string, string>();
    vi.stubGlobal("window", {
      localStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) },
    });
  });

  it("stands newest first, each once, and no more than six", () => {
    for (const to of ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/b"]) remember("1.1", entry(to));
    expect(recent("1.1").map((one) => one.to)).toEqual(["/b", "/g", "/f", "/e", "/d", "/c"]);
  });

  it("is each user's own, and survives what it cannot read", () => {
    remember("1.1", entry("/a"));
    expect(recent("2.1")).toEqual([]);
    window.localStorage.setItem("regulars.recent.2.1", "{");
    expect(recent("2.1")).toEqual([]);
  });
});
