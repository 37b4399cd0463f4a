import { describe, expect, it } from "vitest";
import { behind, ruleOf } from "./people";

const of = (feature: string, value: string) => ruleOf({ feature, value });

describe("the people of a trait", () => {
  it("are found by the numbers its words say", () => {
    expect(of("purchase_number", "3")).toEqual({ op: "eq", field: "person.purchase_number", value: 3 });
    expect(of("orders_90d", "4-5")).toEqual({ op: "between", field: "person.orders_90d", low: 4, high: 6 });
    expect(of("orders_90d", "9+")).toEqual({ op: "ge", field: "person.orders_90d", value: 9 });
  });
  it("are found by money in minor units, the end left out", () => {
    expect(of("net_fen_365d", "50-100")).toEqual({ op: "between", field: "person.net_fen_365d", low: 5_000, high: 10_000 });
    expect(of("net_fen", "102400+")).toEqual({ op: "ge", field: "person.net_fen", value: 10_240_000 });
    expect(of("net_fen", "0")).toEqual({ op: "eq", field: "person.net_fen", value: 0 });
  });
  it("are found by days ago, both ends meant", () => {
    const field = "person.last_order_on";
    expect(of("since_last_order", "31-60")).toEqual({ op: "and", rules: [{ op: "older_than_days", field, days: 31 }, { op: "within_days", field, days: 61 }] });
    expect(of("since_last_order", "0-7")).toEqual({ op: "and", rules: [{ op: "within_days", field, days: 8 }] });
    expect(of("since_last_order", "731+")).toEqual({ op: "and", rules: [{ op: "older_than_days", field, days: 731 }] });
    expect(of("since_last_order", "")).toEqual({ op: "not", rule: { op: "known", field } });
  });
  it("are found by words, and not where conditions cannot ask", () => {
    expect(of("city", "York")).toEqual({ op: "eq", field: "person.city", value: "York" });
    expect(of("member", "0")).toEqual({ op: "eq", field: "person.member", value: false });
    expect([of("order_fen", "50-100"), of("city", "*")]).toEqual([null, null]);
  });
  it("are those of the bar that is pressed", () => {
    const trait = { feature: "city", value: "York", seed_share: 0.4, share: 0.1, lift: 4, weight: 1 };
    expect(behind(trait, 7, true)?.all).toEqual({ op: "and", rules: [{ op: "eq", field: "person.city", value: "York" }] });
    expect(behind(trait, 7, false)?.seed).toMatchObject({ rules: [{ op: "in_segment", segment_id: 7 }, { value: "York" }, { field: "person.anonymous", value: false }] });
  });
});
