import { expect, it } from "vitest";
import { folders } from "./folders";

it("draws a tree with every step of the way and counts what lies below", () => {
  const found = folders({ "交易/价值": 2, 交易: 1, 交易所: 4, "": 1, 肤质: 1 });
  expect(found.map((one) => [one.path, one.level, one.count])).toEqual(
    [
      ["交易", 0, 3],
      ["交易/价值", 1, 2],
      ["交易所", 0, 4],
      ["肤质", 0, 1],
    ].sort((a, b) => String(a[0]).localeCompare(String(b[0]), "zh")),
  );
});
