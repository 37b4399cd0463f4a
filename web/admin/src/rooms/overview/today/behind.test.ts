import { describe, expect, it } from "vitest";
import type { Rule } from "@/api/rule";
import { behind, behindPart } from "./behind";

const ruleOf = (link: string | null): Rule => JSON.parse(decodeURIComponent((link ?? "").split("rule=")[1] ?? "null")) as Rule;
const part = (dimension: "shop" | "region" | "category" | "buyer", value: string, now_fen: number, then_fen: number) => ({
  dimension,
  value,
  now_fen,
  then_fen,
  change_fen: now_fen - then_fen,
});

describe("the people behind a day", () => {
  it("are those of that day alone, also at the end of a month", () => {
    expect(JSON.stringify(ruleOf(behind.buyers("2011-11-30")))).toContain('"start":"2011-11-30","end":"2011-12-01"');
  });
  it("are never anonymous", () => {
    for (const link of [behind.visitors, behind.buyers, behind.newBuyers, behind.returning])
      expect(JSON.stringify(ruleOf(link("2011-12-10")))).toContain('{"op":"eq","field":"person.anonymous","value":false}');
  });
});

describe("the people behind a change", () => {
  it("are those of the day that brought more", () => {
    expect(behindPart(part("region", "Kent", 900, 100), "2011-12-10", "2011-12-03")).toContain("2011-12-10");
    expect(behindPart(part("region", "Kent", 100, 900), "2011-12-10", "2011-12-03")).toContain("2011-12-03");
  });
  it("may be those whose place is not told", () => {
    expect(JSON.stringify(ruleOf(behindPart(part("region", "", 9, 0), "2011-12-10", "2011-12-03")))).toContain(
      '{"op":"not","rule":{"op":"known","field":"order.region"}}',
    );
  });
  it("are nobody where buyers are anonymous", () => {
    expect(behindPart(part("buyer", "anonymous", 9, 0), "2011-12-10", "2011-12-03")).toBeNull();
  });
});
