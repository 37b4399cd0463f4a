import { describe, expect, it, vi } from "vitest";

vi.mock("./ColumnChoice", () => ({ COLUMNS: "cols" }));
const { addressOf, viewOf } = await import("./savedView");

describe("a saved view", () => {
  it("is filters and sort, not where in the list somebody stood", () => {
    expect(viewOf("?sort=net_fen&q=138&cursor=abc&page=3&tasks=1")).toBe("q=138&sort=net_fen");
    expect(viewOf("?q=138&sort=net_fen")).toBe(viewOf("?sort=net_fen&q=138"));
  });
  it("names its columns in its address, also when there are none", () => {
    expect(addressOf({ search: "q=138", columns: ["region", "category"] })).toBe("q=138&cols=region%2Ccategory");
    expect(addressOf({ search: "", columns: [] })).toBe("cols=");
  });
});
