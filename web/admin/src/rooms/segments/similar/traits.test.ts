import { describe, expect, it } from "vitest";
import { isMoney, ratio, telling, unitOf, type Trait } from "./traits";

const trait = (value: string, seed_share: number, share: number, weight: number): Trait => ({
  feature: "city",
  value,
  seed_share,
  share,
  weight,
  lift: seed_share / share,
});

describe("telling", () => {
  const model = [trait("Hull", 0.1, 0.2, -0.6), trait("York", 0.4, 0.1, 1.3), trait("Bath", 0.3, 0.2, 0.4), trait("Rye", 0.005, 0.001, 1.5), trait("*", 0.2, 0.1, 0.7)];
  it("puts the heaviest first and leaves out what few have and what is pooled", () =>
    expect(telling(model, 5, 5).more.map((one) => one.value)).toEqual(["York", "Bath"]));
  it("tells what the seeds seldom have", () => expect(telling(model, 5, 5).less.map((one) => one.value)).toEqual(["Hull"]));
  it("keeps to as many as asked", () => expect(telling(model, 1, 0)).toMatchObject({ more: [{ value: "York" }], less: [] }));
});

describe("words", () => {
  it("know what a number counts", () => expect(["purchase_number", "orders_90d", "since_last_order", "city"].map(unitOf)).toEqual(["unitTimes", "unitOrders", "unitDays", null]));
  it("know money", () => expect(["net_fen_365d", "order_fen", "orders_90d"].map(isMoney)).toEqual([true, true, false]));
  it("round ratios", () => expect([1.234, 12.6].map(ratio)).toEqual(["1.2", "13"]));
});
