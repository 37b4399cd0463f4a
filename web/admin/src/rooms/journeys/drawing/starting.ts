import { experimentOf, type Settings } from "./drawing";
import { opened, saysMessage, shapeOf, type KindSchema, type Part } from "./shape";

const WHOLE_BP = 10_000;
const HELD_BP = 1_000;

/** What an operator would choose of a message's limits; its channel and words stay open. */
export const MESSAGE: Settings = {
  channel: "",
  config: {},
  message: null,
  purpose: "marketing",
  quiet: { start: "21:00", end: "09:00" },
  frequency: { messages: 2, days: 7 },
  priority: 3,
};

/** Settings to begin with: what can be guessed is filled in, what must be chosen is left open. */
export function starting(root: KindSchema, key: string): Settings {
  if (saysMessage(root)) return MESSAGE;
  const found = Object.entries(root.properties ?? {}).map(([name, part]) => [name, guess(name, part, root, key)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

function guess(name: string, part: Part, root: KindSchema, key: string): unknown {
  if (name === "experiment") return experimentOf(key);
  const required = root.required?.includes(name) ?? false;
  const shape = shapeOf(name, part, root);
  if (shape === "share" && required) return HELD_BP;
  if (shape === "list" && required) return items(opened(part, root), root);
  return undefined;
}

/** Parts of a whole, named a, b, c ..., of equal size. */
function items(list: Part, root: KindSchema): unknown {
  const inside = opened(list.items ?? {}, root).properties ?? {};
  const n = list.minItems ?? 1;
  return Array.from({ length: n }, (_, place) => ({
    ...("name" in inside ? { name: nameOf(place) } : {}),
    ...("bp" in inside ? { bp: Math.floor(WHOLE_BP / n) + (place === 0 ? WHOLE_BP % n : 0) } : {}),
  }));
}

export const nameOf = (place: number): string => String.fromCharCode("a".charCodeAt(0) + (place % 26));
