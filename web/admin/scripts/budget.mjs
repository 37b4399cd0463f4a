// Fails when the JavaScript that the first page needs grows beyond its budget.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 400;
const out = new URL("../../../src/regulars/app/web/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", out), "utf8"));

const closure = (keys) => {
  const seen = new Set();
  const walk = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const next of manifest[key].imports ?? []) walk(next);
  };
  keys.forEach(walk);
  return [...seen];
};
const weight = (keys) =>
  keys.reduce((sum, key) => sum + gzipSync(readFileSync(new URL(manifest[key].file, out))).length, 0) / 1024;

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const overview = Object.keys(manifest).find((key) => key.endsWith("rooms/overview/OverviewPage.tsx"));
const first = weight(closure([entry]));
const page = weight(closure([entry, overview]));
console.log(`first load ${first.toFixed(0)} kB gzip, with the overview ${page.toFixed(0)} kB (budget ${BUDGET_KB})`);
if (page > BUDGET_KB) process.exit(1);

const SDK_BUDGET_KB = 5;
for (const name of ["regulars.js", "regulars.mp.js"]) {
  const size = gzipSync(readFileSync(new URL(`sdk/${name}`, out))).length / 1024;
  console.log(`sdk/${name} ${size.toFixed(1)} kB gzip (budget ${SDK_BUDGET_KB})`);
  if (size > SDK_BUDGET_KB) process.exit(1);
}
