import { describe, expect, it } from "vitest";
import { controlOf, faultOf, filled, sound, type Schema } from "./schema";

const webhook: Schema = {
  properties: {
    url: { title: "URL", type: "string", format: "uri", minLength: 1 },
    secret: { title: "Signing secret", type: "string", format: "password" },
    stands_for: { type: "string", default: "email", pattern: "^[a-z][a-z_]*$" },
    wait_s: { type: "number", default: 10, exclusiveMinimum: 0, maximum: 60 },
  },
  required: ["url", "secret"],
};

describe("a field drawn from its schema", () => {
  it("gets the control that its values need", () => {
    const drawn = (property: object) => controlOf(property);
    expect(drawn({ type: "string" })).toBe("text");
    expect(drawn({ type: "string", format: "password" })).toBe("password");
    expect(drawn({ type: "integer", format: "money" })).toBe("money");
    expect(drawn({ type: "integer" })).toBe("integer");
    expect(drawn({ enum: ["a", "b"] })).toBe("choice");
    expect(drawn({ type: "array", items: { type: "string" } })).toBe("list");
    expect(drawn({ type: "object", additionalProperties: { type: "string" } })).toBe("pairs");
    expect(drawn({ anyOf: [{ type: "boolean" }, { type: "null" }] })).toBe("boolean");
  });

  it("says what is wrong, and nothing of what was left empty and need not be told", () => {
    expect(faultOf({ type: "string" }, "", true)).toEqual(["required"]);
    expect(faultOf({ type: "string", pattern: "^[a-z]+$" }, "", false)).toBeNull();
    expect(faultOf({ type: "string", pattern: "^[a-z]+$" }, "A1", false)).toEqual(["pattern"]);
    expect(faultOf({ type: "number", exclusiveMinimum: 0 }, 0, false)).toEqual(["above", 0]);
    expect(faultOf({ type: "number", maximum: 60 }, 61, false)).toEqual(["most", 60]);
    expect(faultOf({ type: "integer" }, 1.5, false)).toEqual(["whole"]);
    expect(faultOf({ type: "array", maxItems: 1 }, ["a", "b"], false)).toEqual(["many", 1]);
    expect(faultOf({ type: "boolean" }, false, true)).toBeNull();
    expect(faultOf({ type: "object" }, {}, true)).toEqual(["required"]);
    expect(faultOf({ type: "object", maxProperties: 1 }, { phone: "a", email: "b" }, false)).toEqual(["many", 1]);
    expect(faultOf({ type: "object", maxProperties: 1 }, { phone: "a" }, false)).toBeNull();
  });
});

describe("the values of a form", () => {
  it("leave out what is empty, so that the default holds, and what the schema does not know", () => {
    expect(filled(webhook, { url: "https://a.example", wait_s: null, stands_for: "", other: 1 })).toEqual({ url: "https://a.example" });
  });
  it("are sound when each is", () => {
    expect(sound(webhook, { url: "https://a.example" })).toBe(false);
    expect(sound(webhook, { url: "https://a.example", secret: "s", wait_s: 5 })).toBe(true);
    expect(sound(webhook, { url: "https://a.example", secret: "s", wait_s: 0 })).toBe(false);
  });
});
