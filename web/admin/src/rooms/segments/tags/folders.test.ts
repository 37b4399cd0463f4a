import { expect, it } from "vitest";
import { folders, within } from "./folders";

it("draws a tree with every step of the way and counts what lies below", () => {
  const found = folders(["交易/价值", "交易", "交易/价值", "", "肤质"]);
  expect(found.map((one) => [one.path, one.level, one.count])).toEqual([
    ["肤质", 0, 1],
    ["交易", 0, 3],
    ["交易/价值", 1, 2],
  ].sort((a, b) => String(a[0]).localeCompare(String(b[0]), "zh")));
  expect(within("交易所", "交易")).toBe(false);
  expect(within("", null)).toBe(true);
});
