import { describe, expect, it } from "vitest";
import { readSuggestion } from "./suggestion";

describe("a suggestion", () => {
  it("says how probable it is and what each field tells", () =>
    expect(readSuggestion("probable 0.953: first name same; birthday alike")).toEqual({
      probability: 0.953,
      fields: [
        { field: "first name", level: "same" },
        { field: "birthday", level: "alike" },
      ],
    }));
  it("is told from other reasons", () => expect(readSuggestion("member_no")).toBeNull());
});
