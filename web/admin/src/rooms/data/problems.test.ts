import { expect, it } from "vitest";
import { problems } from "./problems";

it("puts rows together that are wrong in the same way, the most first", () => {
  const group = (field: string, value: string, rows: number) => ({ import_id: 3, source: "a.csv", field, code: "not_number", value, rows, reason: { zh: "", en: "" } });
  const found = problems([group("价格", "x", 2), group("数量", "y", 4), group("价格", "z", 3)]);
  expect(found.map((one) => [one.field, one.rows, one.values.length])).toEqual([
    ["价格", 5, 2],
    ["数量", 4, 1],
  ]);
});
