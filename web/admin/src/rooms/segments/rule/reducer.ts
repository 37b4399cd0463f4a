import { fromRule, group, type Group, type Node } from "./tree";
import type { Rule } from "@/api/rule";

export type Action =
  | { readonly type: "load"; readonly rule: Rule }
  | { readonly type: "add"; readonly parent: string; readonly node: Node }
  | { readonly type: "remove"; readonly id: string }
  | { readonly type: "replace"; readonly node: Node }
  | { readonly type: "op"; readonly id: string; readonly op: Group["op"] }
  | { readonly type: "not"; readonly id: string };

/** Apply a change to the node with an id, wherever it stands; also inside the `where` of a behaviour or a step. */
function change(node: Node, id: string, make: (node: Node) => Node | null): Node | null {
  if (node.id === id) return make(node);
  if (node.kind === "group") {
    const nodes = node.nodes.map((part) => change(part, id, make)).filter((part) => part !== null);
    return nodes.length === node.nodes.length && nodes.every((part, place) => part === node.nodes[place]) ? node : { ...node, nodes };
  }
  if (node.kind === "did") {
    const where = change(node.where, id, make);
    if (where === node.where) return node;
    return { ...node, where: where?.kind === "group" ? where : group() };
  }
  if (node.kind === "sequence") {
    const steps = node.steps.map((one) => {
      const where = change(one.where, id, make);
      return where === one.where ? one : { ...one, where: where?.kind === "group" ? where : group() };
    });
    return steps.every((one, place) => one === node.steps[place]) ? node : { ...node, steps };
  }
  return node;
}

export function reduce(root: Group, action: Action): Group {
  if (action.type === "load") return fromRule(action.rule);
  const target = action.type === "add" ? action.parent : action.type === "replace" ? action.node.id : action.id;
  const next = change(root, target, (node) => {
    switch (action.type) {
      case "add":
        return node.kind === "group" ? { ...node, nodes: [...node.nodes, action.node] } : node;
      case "remove":
        return null;
      case "replace":
        return action.node;
      case "op":
        return node.kind === "group" ? { ...node, op: action.op } : node;
      case "not":
        return { ...node, not: !node.not };
    }
  });
  return next?.kind === "group" ? next : group();
}
