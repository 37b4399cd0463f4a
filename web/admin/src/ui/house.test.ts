import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { slots } from "./i18n/fill";
import { fill } from "./i18n/fill";
import { category, colour } from "./tokens";

const src = path.resolve(import.meta.dirname, "..");

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name);
    return statSync(full).isDirectory() ? files(full) : [full];
  });
}

const all = files(src).filter((file) => !file.endsWith("schema.d.ts"));
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe("words", () => {
  const pairs = all.filter((file) => path.basename(file) === "zh.ts");
  it("are kept by every room", () => expect(pairs.length).toBeGreaterThanOrEqual(8));
  it.each(pairs.map((file) => [path.relative(src, file), file]))("%s and its English say the same things", async (_, file) => {
    const zh = ((await import(file)) as { zh: Record<string, string> }).zh;
    const en = ((await import(file.replace(/zh\.ts$/, "en.ts"))) as { en: Record<string, string> }).en;
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const [key, text] of Object.entries(zh)) {
      const other = en[key] ?? "";
      expect(text.trim(), key).not.toBe("");
      expect(slots(other), key).toEqual(slots(text));
      if (key !== "language") expect(other, key).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });
});

describe("words in use", () => {
  const places = all.filter((file) => path.basename(file) === "zh.ts").map((file) => path.dirname(file));
  it.each(places.map((place) => [path.relative(src, place), place]))("%s says nothing that nobody asks for", async (_, place) => {
    const { zh } = (await import(path.join(place, "zh.ts"))) as { zh: Record<string, string> };
    const sources = files(place).filter((file) => !/(zh|en)\.ts$/.test(file)).map((file) => readFileSync(file, "utf8")).join("\n");
    const plain = Object.keys(zh).filter((key) => !key.includes("."));
    expect(plain.filter((key) => !sources.includes(`"${key}"`))).toEqual([]);
  });
});

describe("fill", () => {
  it("puts values in and chooses the word that fits", () => {
    expect(fill("{n} {n|customer|customers}", { n: "1" })).toBe("1 customer");
    expect(fill("{n} {n|customer|customers}", { n: "1,204" })).toBe("1,204 customers");
    expect(fill("{missing}", {})).toBe("{missing}");
  });
});

describe("house", () => {
  it("holds the same colours in tokens.css and tokens.ts", () => {
    const css = readFileSync(path.join(src, "ui/tokens.css"), "utf8");
    for (const [name, value] of Object.entries(colour)) expect(css).toContain(`--${kebab(name)}: ${value};`);
    category.forEach((value, place) => expect(css).toContain(`--category-${place + 1}: ${value};`));
  });
  it("keeps colours in the tokens alone", () => {
    const outside = all.filter((file) => /\.(css|tsx?)$/.test(file) && !/tokens\.(css|ts)$/.test(file));
    for (const file of outside) expect(readFileSync(file, "utf8"), path.relative(src, file)).not.toMatch(/#[0-9a-f]{6}\b/i);
  });
  it("keeps source files within 250 lines", () => {
    for (const file of all.filter((name) => /\.tsx?$/.test(name)))
      expect(readFileSync(file, "utf8").split("\n").length, path.relative(src, file)).toBeLessThanOrEqual(251);
  });
});
