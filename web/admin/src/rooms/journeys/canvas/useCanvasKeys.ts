import type { KeyboardEvent } from "react";
import { toast } from "@/ui";
import { copy, disconnect, move, paste, remove, type Drawing } from "../drawing/drawing";
import { walk, type Arrow } from "../drawing/walk";
import { words } from "../words";
import { useFacts } from "./context";

const ARROWS: Readonly<Record<Arrow, readonly [number, number]>> = { ArrowDown: [0, 20], ArrowUp: [0, -20], ArrowLeft: [-20, 0], ArrowRight: [20, 0] };
/** Also for another journey, as long as the console stays open; not in the browser's store, for it may hold secrets. */
let copied: Pick<Drawing, "nodes" | "edges"> = { nodes: [], edges: [] };

const FRAMES = 30;

/** Give the focus to a node's card; a new one can take it only once it has been measured and shows. */
export function focusNode(key: string, frames = FRAMES): void {
  window.requestAnimationFrame(() => {
    const card = document.querySelector<HTMLElement>(`[data-node="${key}"]`);
    card?.focus({ preventScroll: true });
    if (document.activeElement !== card && frames > 0) focusNode(key, frames - 1);
  });
}

const focusPanel = () => (document.querySelector<HTMLElement>(".jpanel .jfields :is(input, textarea)") ?? document.querySelector<HTMLElement>(".jpanel :is(textarea, button)"))?.focus();

/** What can be done with the chosen nodes: by keys, and by the buttons of the panel. */
export function useEdits() {
  const t = words.use();
  const { drawing, draw, chosen, counts, fixed } = useFacts();
  const drop = (keys: readonly string[]) => {
    if (fixed || keys.length === 0) return;
    const before = drawing.edges.find((edge) => edge.to === keys[0])?.from;
    draw((now) => remove(now, keys));
    const next = before && !keys.includes(before) ? before : undefined;
    chosen.set(next ? [next] : []);
    if (next) focusNode(next);
    toast(t("deleted", { n: keys.length }));
  };
  const take = (keys: readonly string[]) => {
    if (keys.length === 0) return;
    copied = copy(drawing, keys);
    toast(t("copied", { n: keys.length }));
  };
  const put = () => {
    if (fixed || copied.nodes.length === 0) return;
    const pasted = paste(drawing, copied, [...counts.keys()]);
    draw(() => pasted.drawing);
    chosen.set(pasted.keys);
    if (pasted.keys[0]) focusNode(pasted.keys[0]);
  };
  return { drop, take, put };
}

/** The canvas by keys alone. */
export function useCanvasKeys(): (event: KeyboardEvent) => void {
  const { drawing, draw, chosen, waysOf, fixed } = useFacts();
  const { drop, take, put } = useEdits();
  const arrow = (key: Arrow, shift: boolean) => {
    const [first] = chosen.keys;
    if (shift && !fixed && first !== undefined) {
      const [dx, dy] = ARROWS[key];
      const places = drawing.nodes.filter((node) => chosen.keys.includes(node.key)).map((node) => [node.key, { x: node.x + dx, y: node.y + dy }] as const);
      return draw((now) => move(now, Object.fromEntries(places)), `move.${chosen.keys.join(" ")}`);
    }
    const to = walk(drawing, first ?? null, key, waysOf);
    if (to === null) return;
    chosen.set([to]);
    focusNode(to);
  };
  const plain = (event: KeyboardEvent): boolean => {
    const focused = event.target instanceof Element ? event.target.getAttribute("data-node") : null;
    if (event.key in ARROWS) arrow(event.key as Arrow, event.shiftKey);
    else if (event.key === "Delete" || event.key === "Backspace") removeChosen();
    else if (event.key === "Escape") chosen.set([]);
    else if ((event.key === "Enter" || event.key === " ") && focused) {
      const again = chosen.keys.length === 1 && chosen.keys[0] === focused;
      chosen.set([focused]);
      if (again) focusPanel();
    } else return false;
    return true;
  };
  const removeChosen = () => {
    const { way } = chosen;
    if (way && !fixed) draw((now) => disconnect(now, way.from, way.way));
    else drop(chosen.keys);
  };
  const withMod: Readonly<Record<string, () => void>> = {
    c: () => take(chosen.keys),
    x: () => {
      take(chosen.keys);
      drop(chosen.keys);
    },
    v: put,
    a: () => chosen.set(drawing.nodes.map((node) => node.key)),
  };
  return (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const act = event.metaKey || event.ctrlKey ? withMod[event.key.toLowerCase()] : undefined;
    if (act) act();
    else if (event.metaKey || event.ctrlKey || !plain(event)) return;
    event.preventDefault();
  };
}
