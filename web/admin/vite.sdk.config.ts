import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const from = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const [name, entry, format] =
  process.env["SDK"] === "mp"
    ? (["regulars.mp.js", "miniprogram.ts", "cjs"] as const)
    : (["regulars.js", "browser.ts", "iife"] as const);

// The behaviour SDKs, for shops' own pages and mini-programs; built after the console, beside it.
export default defineConfig({
  publicDir: false,
  build: {
    outDir: from("../../src/regulars/app/web/sdk"),
    emptyOutDir: false,
    target: "es2020",
    lib: { entry: from(`../sdk/src/${entry}`), name: "regularsSdk", formats: [format], fileName: () => name },
  },
});
