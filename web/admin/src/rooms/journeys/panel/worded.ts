import { usePick } from "@/ui";
import { useFacts, type Problem } from "../canvas/context";
import { useWayWord } from "../canvas/wayWord";
import { opened } from "../drawing/shape";
import { schemaOf } from "../drawing/traits";

/** A problem in the words of the drawing: the server speaks of keys, people of what a node and its ways are called. */
export function spoken(text: string, names: ReadonlyMap<string, string>): string {
  const keys = [...names.keys()].filter(Boolean).sort((a, b) => b.length - a.length);
  if (keys.length === 0) return text;
  return text.replace(new RegExp(`["“]?(?<![A-Za-z0-9_.])(${keys.join("|")})(?![A-Za-z0-9_])["”]?`, "g"), (_, key: string) => names.get(key) ?? key);
}

export function useWorded(): (problem: Problem) => string {
  const say = usePick();
  const { drawing, kindOf, waysOf } = useFacts();
  const wayWord = useWayWord();
  return ({ node: key, message, hint }) => {
    const node = drawing.nodes.find((one) => one.key === key);
    const kind = node && kindOf(node);
    const names = new Map<string, string>();
    if (node && kind) {
      for (const [name, part] of Object.entries(schemaOf(kind).properties ?? {})) names.set(name, opened(part, schemaOf(kind)).title ?? name);
      for (const way of waysOf(node)) names.set(way, `“${wayWord(way)}”`);
      names.set(key, `“${say(kind.title)}”`);
    }
    const own = message.replace(node ? new RegExp(`^${node.kind}[:：] ?`) : /^$/, "");
    const said = spoken(own, names);
    return `${said}${said.endsWith("。") ? "" : " "}${hint}`.trim();
  };
}
