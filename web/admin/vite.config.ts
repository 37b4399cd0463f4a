import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The server in development; the built console is served by the product itself from "/".
const server = process.env["REGULARS_API"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { port: 5173, proxy: { "/api": server, "/v1": server } },
  build: {
    outDir: fileURLToPath(new URL("../../src/regulars/app/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    manifest: true,
  },
  test: { include: ["src/**/*.test.ts", "../sdk/src/**/*.test.ts"], environment: "node" },
});
