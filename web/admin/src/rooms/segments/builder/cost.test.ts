import { afterEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api/client";
import { countOnce } from "../queries";
import { pathsOf, wholeSeconds } from "./cost";

const part = (path: string, kept = false) => ({ path, kept, rows: kept ? 0 : 10, seconds: 0 });
const cost = (...parts: ReturnType<typeof part>[]) => ({ parts, rows: 10, seconds: 0.2, over: false });

describe("what a count costs, in words", () => {
  it("names each way once, the dearest first", () => {
    expect(pathsOf(cost(part("state"), part("scan"), part("state")))).toEqual(["scan", "state"]);
  });
  it("says what was kept", () => {
    expect(pathsOf(cost(part("scan", true), part("state")))).toEqual(["state", "kept"]);
    expect(pathsOf(cost(part("scan", true)))).toEqual(["kept"]);
  });
  it("never promises no time at all", () => {
    expect(wholeSeconds(cost())).toBe(1);
    expect(wholeSeconds({ ...cost(), seconds: 12.4 })).toBe(12);
  });
});

describe("a count nobody waits for", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is cancelled by the key it was asked under", async () => {
    const asked: [string, { body?: { key: string }; params?: { path: { key: string } } }][] = [];
    const post = vi.spyOn(api, "POST") as unknown as { mockImplementation: (answer: (...given: [string, never]) => Promise<unknown>) => void };
    post.mockImplementation((path, options) => {
      asked.push([path, options]);
      return path.endsWith("/cancel") ? Promise.resolve({}) : new Promise(() => undefined);
    });
    const leaving = new AbortController();
    void countOnce({ op: "everyone" }, true, leaving.signal);
    expect(asked).toHaveLength(1);
    leaving.abort();
    const key = asked[0]?.[1].body?.key;
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(asked[1]?.[0]).toBe("/api/segments/preview/{key}/cancel");
    expect(asked[1]?.[1].params?.path.key).toBe(key);
  });
});
