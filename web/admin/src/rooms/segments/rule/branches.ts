import type { Rule } from "@/api/rule";
import { complete, toRule, type Group, type Node } from "./tree";

/** A node's own rule as the server is asked for it; null while it says nothing or is not finished. */
export function alone(node: Node): string | null {
  const rule = complete(node) ? toRule(node) : null;
  return rule && JSON.stringify(rule);
}

/** The rules of every condition and group about people under a group, each once; records inside them are no people. */
export function branchesOf(root: Group): string[] {
  const found = new Set<string>();
  const walk = (node: Node) => {
    const own = alone(node);
    if (own) found.add(own);
    if (node.kind === "group") node.nodes.forEach(walk);
  };
  root.nodes.forEach(walk);
  return [...found];
}

/** Whether a text could still become JSON by going on. What browsers say of a fault names its place only at times. */
function goesOn(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const said = error instanceof Error ? error.message : "";
    const at = /position (\d+)/.exec(said)?.[1];
    return /end of|unterminated|EOF/i.test(said) || Number(at) >= text.length;
  }
}

/** Where a text stops being JSON, by line and character; null: it is JSON. */
export function jsonFault(text: string): { readonly line: number; readonly column: number } | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    // The longest beginning that could still become JSON ends just before the fault.
    let [sound, all] = [0, text.length];
    while (sound < all) {
      const half = Math.ceil((sound + all) / 2);
      if (goesOn(text.slice(0, half))) sound = half;
      else all = half - 1;
    }
    const before = text.slice(0, sound).split("\n");
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

/** How a rule is written for people to read and to paste elsewhere. */
export const written = (rule: Rule): string => JSON.stringify(rule, null, 2);
