import { describe, expect, it } from "vitest";
import { rowsSeen } from "./useWindowed";

describe("rows seen of a long list", () => {
  it("draws a screen and a little more, wherever it stands", () => {
    expect(rowsSeen(0, 560, 56, 100_000)).toEqual({ first: 0, end: 22 });
    expect(rowsSeen(56 * 50_000, 560, 56, 100_000)).toEqual({ first: 49_988, end: 50_022 });
    expect(rowsSeen(56 * 99_990, 560, 56, 100_000)).toEqual({ first: 99_978, end: 100_000 });
  });
  it("stays within a list that has become shorter", () => {
    expect(rowsSeen(5_000, 560, 56, 3)).toEqual({ first: 2, end: 3 });
    expect(rowsSeen(0, 560, 56, 0)).toEqual({ first: 0, end: 0 });
  });
});
