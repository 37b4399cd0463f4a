import path from "node:path";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const src = path.join(import.meta.dirname, "src");

/** Which part of the house a file belongs to: "ui", "api", "app" or "rooms/<room>". */
const partOf = (file) => {
  const [top, room] = path.relative(src, file).split(path.sep);
  return top === "rooms" ? `rooms/${room}` : top;
};

/** ui < api < rooms (never one another) < app. */
const mayImport = (from, to) => {
  if (from === to || from === "app" || from === "main.tsx") return true;
  if (from === "ui") return false;
  if (from === "api") return to === "ui";
  return to === "ui" || to === "api";
};

const floors = {
  create: (context) => ({
    ImportDeclaration(node) {
      const name = node.source.value;
      const target = name.startsWith("@/")
        ? path.join(src, name.slice(2))
        : name.startsWith(".")
          ? path.resolve(path.dirname(context.filename), name)
          : null;
      if (!target || !target.startsWith(src) || !context.filename.startsWith(src)) return;
      const [from, to] = [partOf(context.filename), partOf(target)];
      if (!mayImport(from, to)) context.report({ node, message: `${from} must not import ${to}` });
    },
  }),
};

export default tseslint.config(
  { ignores: ["src/api/schema.d.ts", "node_modules", "dist"] },
  ...tseslint.configs.strict,
  {
    files: ["src/**/*.{ts,tsx}", "vite.config.ts"],
    plugins: { "react-hooks": hooks, house: { rules: { floors } } },
    rules: {
      ...hooks.configs.recommended.rules,
      "house/floors": "error",
      "max-lines": ["error", { max: 250 }],
      complexity: ["error", 14],
      "no-console": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "Literal[value=/^#[0-9a-fA-F]{3,8}$/]", message: "Colours stand in ui/tokens alone." },
      ],
    },
  },
  { files: ["src/ui/tokens.ts"], rules: { "no-restricted-syntax": "off" } },
  {
    files: ["scripts/*.mjs"],
    languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } },
  },
);
