import { describe, expect, it } from "vitest";
import { changes } from "./changes";

describe("changes", () => {
  it("puts what changed first and shows lists in words", () => {
    expect(changes({ role: "analyst", brands: null }, { role: "operator", brands: null })).toEqual([
      { field: "role", before: "analyst", after: "operator", changed: true },
      { field: "brands", before: "–", after: "–", changed: false },
    ]);
    expect(changes(null, { permissions: ["a.read", "b.read"] })).toEqual([{ field: "permissions", before: "–", after: "a.read, b.read", changed: true }]);
  });
  it("takes a plain value for one field, and nothing for none", () => {
    expect(changes(false, true)).toEqual([{ field: "value", before: "false", after: "true", changed: true }]);
    expect(changes(null, null)).toEqual([]);
  });
});
