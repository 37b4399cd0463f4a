import { describe, expect, it } from "vitest";
import { kindRule, missingFields, negativeIsRefund, usesOf, withField, withoutUnknown, withTarget, withUses, type Spec } from "./spec";

const spec: Spec = {
  target: "order_lines",
  columns: {
    document_id: { from: "订单号" },
    occurred_at: { from: "时间", format: "%d/%m/%Y" },
    quantity: { from: "数量" },
    shop: { const: "main" },
    kind: { expr: "if(col('数量') < 0, 'refund', 'sale')" },
  },
  identifiers: [
    { ns: "phone", scope: "workspace", from: "手机" },
    { ns: "order", scope: "shop", from: "订单号" },
  ],
};
const scopes = { phone: "workspace", order: "shop", member_no: "brand" };
const fields = [
  { name: "document_id", required: true, shape: "text" },
  { name: "occurred_at", required: true, shape: "time" },
  { name: "quantity", required: true, shape: "whole" },
];

describe("a mapping as the page changes it", () => {
  it("tells all that a column fills", () => {
    expect(usesOf(spec, "订单号")).toEqual(["field:document_id", "id:order"]);
    expect(usesOf(spec, "备注")).toEqual([]);
  });

  it("keeps what a column filled and how it is read", () => {
    const changed = withUses(spec, "时间", ["field:occurred_at"], scopes);
    expect(changed.columns["occurred_at"]).toEqual({ from: "时间", format: "%d/%m/%Y" });
  });

  it("lets a field be filled by one column only", () => {
    const changed = withUses(spec, "件数", ["field:quantity"], scopes);
    expect(changed.columns["quantity"]).toEqual({ from: "件数" });
    expect(usesOf(changed, "数量")).toEqual([]);
  });

  it("gives an identifier the scope that it has everywhere, once", () => {
    const changed = withUses(spec, "卡号", ["id:member_no", "id:phone"], scopes);
    expect(changed.identifiers).toEqual([
      { ns: "order", scope: "shop", from: "订单号" },
      { ns: "member_no", scope: "brand", from: "卡号" },
      { ns: "phone", scope: "workspace", from: "卡号" },
    ]);
  });

  it("says which required fields nothing fills", () => {
    const changed = withUses(spec, "数量", [], scopes);
    expect(missingFields(changed, fields)).toEqual(["quantity"]);
    expect(missingFields({ ...withUses(spec, "订单号", [], scopes), document: ["a", "b"] }, fields)).toEqual([]);
  });

  it("drops what another kind of file does not have", () => {
    const people = withTarget(spec, "people", [{ name: "occurred_at", required: false, shape: "time" }]);
    expect(Object.keys(people.columns)).toEqual(["occurred_at"]);
    expect(people.target).toBe("people");
  });

  it("drops columns that the file does not have", () => {
    const drafted = withField(spec, "amount", { from: "amount" });
    expect("amount" in withoutUnknown(drafted, new Set(["订单号", "时间", "数量", "手机"])).columns).toBe(false);
    expect("shop" in withoutUnknown(drafted, new Set()).columns).toBe(true);
  });

  it("reads back the rule for refunds that it wrote, whatever the column is called", () => {
    expect(kindRule(spec)).toBe("negative");
    const odd = withUses(spec, "it's \\ odd", ["field:quantity"], scopes);
    expect(kindRule(withField(odd, "kind", negativeIsRefund(odd)))).toBe("negative");
    expect(kindRule(withField(spec, "kind", null))).toBe("sale");
    expect(kindRule(withField(spec, "kind", { expr: "if(金额 < 0, 'refund', 'sale')" }))).toBe("own");
  });
});
