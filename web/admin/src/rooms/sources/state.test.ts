import { describe, expect, it } from "vitest";
import type { SourceRow, SourceStream } from "@/api/types";
import { historyChoices, historyOf, kindOf, lagOf, stateOf } from "./state";

const stream: SourceStream = {
  key: "orders",
  title: { zh: "订单", en: "Orders" },
  read_to: "2026-03-01T08:00:00Z",
  succeeded_at: "2026-03-01T08:00:00Z",
  next_at: "2026-03-01T08:01:00Z",
  facts: 10,
  unread: 0,
  failures: 0,
  problem: null,
};
const source = (over: Partial<SourceRow>): SourceRow => ({
  id: 1,
  connector: "taobao",
  title: { zh: "淘宝", en: "Taobao" },
  name: "Shop",
  account_id: 1,
  config: {},
  hook: "",
  is_on: true,
  history_from: "2025-12-01T00:00:00Z",
  created_at: "2026-03-01T00:00:00Z",
  message_at: null,
  messages: 0,
  streams: [stream],
  ...over,
});

describe("how a source is", () => {
  it("is told by the worst of its streams", () => {
    expect(stateOf(source({}))).toBe("good");
    expect(stateOf(source({ streams: [stream, { ...stream, failures: 1 }] }))).toBe("retrying");
    expect(stateOf(source({ streams: [{ ...stream, failures: 3 }, stream] }))).toBe("failing");
    expect(stateOf(source({ is_on: false, streams: [{ ...stream, failures: 3 }] }))).toBe("off");
  });
  it("is waiting while nothing is read and no message came", () => {
    expect(stateOf(source({ streams: [] }))).toBe("waiting");
    expect(stateOf(source({ streams: [], message_at: "2026-03-01T00:00:00Z" }))).toBe("good");
  });
  it("is reading its past until it was read up to now once", () => {
    expect(stateOf(source({ streams: [{ ...stream, succeeded_at: null }] }))).toBe("history");
  });
});

describe("the past of a stream", () => {
  it("is read by so much", () => {
    expect(historyOf(source({}), { read_to: null, succeeded_at: null })).toBe(0);
    expect(historyOf(source({}), { read_to: "2026-01-15T00:00:00Z", succeeded_at: null })).toBeCloseTo(0.5);
    expect(historyOf(source({}), stream)).toBeNull();
  });
  it("is nothing where only what comes is wanted", () => {
    expect(historyOf(source({ history_from: "2026-03-01T00:00:00Z" }), { read_to: "2026-03-01T00:00:10Z", succeeded_at: null })).toBe(0);
  });
});

describe("how far a stream is behind", () => {
  const after = (minutes: number) => lagOf(stream, Date.parse("2026-03-01T08:00:00Z") + minutes * 60_000);
  it("is said in the unit that fits", () => {
    expect(after(1)).toEqual(["none", 0]);
    expect(after(45)).toEqual(["minutes", 45]);
    expect(after(200)).toEqual(["hours", 3]);
    expect(after(5_000)).toEqual(["days", 3]);
    expect(lagOf({ read_to: null }, 0)).toBeNull();
  });
});

describe("what can be connected", () => {
  const brings = (key: string, history_days = 90) => ({ key, title: stream.title, by: "window" as const, every_s: 60, history_days });
  it("is a shop where it brings orders, and one's own where it needs no account", () => {
    expect(kindOf({ platform: "taobao", streams: [brings("orders")] })).toBe("shops");
    expect(kindOf({ platform: "wecom", streams: [brings("contacts")] })).toBe("others");
    expect(kindOf({ platform: "", streams: [brings("orders")] })).toBe("own");
  });
  it("is read back no further than the platform lets one", () => {
    expect(historyChoices({ streams: [brings("orders", 90), brings("items", 365)] })).toEqual([0, 30, 90, 365]);
    expect(historyChoices({ streams: [brings("orders", 180)] })).toEqual([0, 30, 90, 180]);
    expect(historyChoices({ streams: [] })).toEqual([0]);
  });
});
