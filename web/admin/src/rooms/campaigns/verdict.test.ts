import { describe, expect, it } from "vitest";
import { sideOf, verdictOf } from "./verdict";

const seen = { held_out: 114, complete: true, lift: { low_bp: -1405, high_bp: 635 }, sample_ratio: { ok: true } };

describe("verdict", () => {
  it("says nothing when the interval contains zero, its ends included", () => {
    expect(verdictOf(seen)).toBe("none");
    expect(sideOf(0, 10)).toBe("none");
    expect(sideOf(-10, 0)).toBe("none");
  });
  it("says which way when the interval stays on one side", () => {
    expect(verdictOf({ ...seen, lift: { low_bp: 10, high_bp: 90 } })).toBe("up");
    expect(verdictOf({ ...seen, lift: { low_bp: -90, high_bp: -10 } })).toBe("down");
  });
  it("doubts the split before it looks at the interval", () => {
    expect(verdictOf({ ...seen, lift: { low_bp: 10, high_bp: 90 }, sample_ratio: { ok: false } })).toBe("ratio");
    expect(verdictOf({ ...seen, complete: false })).toBe("early");
    expect(verdictOf({ ...seen, held_out: 0 })).toBe("nobody");
  });
});
