import { ReactFlowProvider } from "@xyflow/react";
import { useCallback, useMemo, useReducer, useState } from "react";
import { useParams } from "react-router";
import type { Journey, JourneyEvent, NodeKind } from "@/api/types";
import { Page, PageHeader, Part, toast, useKeys, useMay, usePick } from "@/ui";
import { Canvas } from "./canvas/Canvas";
import { JourneyContext, type JourneyFacts, type Slots } from "./canvas/context";
import { Palette } from "./canvas/Palette";
import { focusNode } from "./canvas/useCanvasKeys";
import { useChosenParts } from "./canvas/useChosen";
import { add, append, change, connect, fromGraph, insert, MOST, nextKey, nodeOf, placeFor, type Drawing, type DrawnNode } from "./drawing/drawing";
import { useAutosave } from "./drawing/autosave";
import { begin, step } from "./drawing/history";
import { starting } from "./drawing/starting";
import { schemaOf } from "./drawing/traits";
import { Head } from "./Head";
import { SidePanel } from "./panel/SidePanel";
import { useCounts, useJourney, useJourneyEvents, useNodeKinds } from "./queries";
import { isMoving } from "./states";
import { words } from "./words";
import "./canvas/canvas.css";
import "./canvas/node.css";
import "./page.css";
import "./panel/panel.css";

export default function JourneyPage({ slots }: { slots: Slots }) {
  const id = Number(useParams()["id"]);
  const journey = useJourney(id);
  const kinds = useNodeKinds();
  const events = useJourneyEvents();
  const t = words.use();
  if (!journey.data || !kinds.data || !events.data) {
    const failed = [journey, kinds, events].find((one) => one.error);
    return (
      <Page>
        <PageHeader up={{ to: "/journeys", title: t("up") }} title={t("title")} />
        <Part query={{ data: undefined, error: failed?.error, refetch: () => failed?.refetch() }} height={360}>
          {() => null}
        </Part>
      </Page>
    );
  }
  return (
    <ReactFlowProvider key={id}>
      <Editor slots={slots} opened={journey.data} kinds={kinds.data} events={events.data} />
    </ReactFlowProvider>
  );
}

interface EditorProps {
  readonly slots: Slots;
  readonly opened: Journey;
  readonly kinds: readonly NodeKind[];
  readonly events: readonly JourneyEvent[];
}

const OWN_UNDO = "textarea, input:not([role=combobox])";

function Editor({ slots, opened, kinds, events }: EditorProps) {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const [journey, setJourney] = useState(opened);
  const [name, setName] = useState(opened.name);
  const [history, dispatch] = useReducer(step, opened, (from) => begin(fromGraph(from.graph)));
  const drawing = history.now;
  const chosen = useChosenParts();
  const fixed = !may("campaigns.write") || journey.state === "stopped" || journey.state === "done";
  const now = useMemo(() => ({ name, drawing }), [name, drawing]);
  const saving = useAutosave(journey.id, now, !fixed && name.trim() !== "", setJourney);
  const asked = useCounts(journey.id, isMoving(journey.state), journey.published);
  const counts = useMemo(() => new Map((asked.data?.nodes ?? []).map((one) => [one.node, one])), [asked.data]);
  const byKey = useMemo(() => new Map(kinds.map((kind) => [kind.key, kind])), [kinds]);
  const waysOf = useCallback(
    (node: DrawnNode) => {
      const ways = byKey.get(node.kind)?.ways ?? [];
      return ways.length > 0 ? ways : (journey.ways[node.key] ?? []);
    },
    [byKey, journey.ways],
  );
  const draw = useCallback((make: (drawing: Drawing) => Drawing, typing?: string) => dispatch({ type: "draw", make, ...(typing ? { typing } : {}) }), []);
  const place: JourneyFacts["place"] = (kindKey, at = {}) => {
    const kind = byKey.get(kindKey);
    if (!kind) return;
    if (drawing.nodes.length >= MOST) return toast(t("tooMany", { n: MOST }), "bad");
    const key = nextKey(drawing, kindKey, [...counts.keys()]);
    const node: DrawnNode = { key, kind: kindKey, config: starting(schemaOf(kind), key), x: at.x ?? 0, y: at.y ?? 0, note: "" };
    const last = chosen.keys.at(-1) ?? (chosen.way ? chosen.way.from : null);
    draw((before) => placed(before, node, { ...(kind.entry ? { after: null } : { after: last }), ...at }, waysOf));
    chosen.set([key]);
    focusNode(key);
  };
  const move = (type: "undo" | "redo") => dispatch({ type });
  const keyed = (type: "undo" | "redo") => (event: KeyboardEvent) => {
    if (fixed || (event.target instanceof Element && event.target.matches(OWN_UNDO))) return;
    event.preventDefault();
    move(event.shiftKey ? "redo" : type);
  };
  useKeys({ "Mod+z": keyed("undo"), "Mod+y": keyed("redo") });
  const facts: JourneyFacts = {
    slots,
    journey,
    kinds,
    events,
    drawing,
    fixed,
    draw: fixed ? () => undefined : draw,
    setConfig: (key, config, typing) => draw((before) => change(before, key, { config }), typing),
    place,
    waysOf,
    chosen,
    problems: journey.problems.filter((one) => one.node === "" || nodeOf(drawing, one.node)),
    counts,
    kindOf: (node) => byKey.get(node.kind),
    titleOf: (node) => titled(node, drawing, say(byKey.get(node.kind)?.title ?? { zh: node.kind, en: node.kind })),
  };
  const steps = { back: history.past.length > 0, forth: history.future.length > 0, undo: () => move("undo"), redo: () => move("redo") };
  return (
    <JourneyContext.Provider value={facts}>
      <div className="journey">
        <Head name={name} entered={asked.data?.entered ?? null} saving={saving} onName={setName} steps={steps} onDone={setJourney} />
        <div className={fixed ? "journey-body journey-fixed" : "journey-body"}>
          {!fixed && <Palette />}
          <Canvas />
          <SidePanel />
        </div>
      </div>
    </JourneyContext.Provider>
  );
}

interface Where {
  readonly after?: string | null;
  readonly way?: string;
  readonly x?: number;
  readonly y?: number;
}

/** Put a new node where it is asked for: at a place, into one way of a node, or behind what is chosen. */
function placed(drawing: Drawing, node: DrawnNode, { after = null, way, x, y }: Where, waysOf: JourneyFacts["waysOf"]): Drawing {
  if (x !== undefined && y !== undefined) return add(drawing, node);
  const before = nodeOf(drawing, after);
  if (!before || way === undefined) return append(drawing, node, after, waysOf);
  const ways = waysOf(before);
  const there = placeFor(drawing, before, Math.max(0, ways.indexOf(way)), ways.length);
  const led = drawing.edges.some((edge) => edge.from === before.key && edge.way === way);
  return led ? insert(drawing, { ...node, ...there }, { from: before.key, way }, waysOf) : connect(add(drawing, { ...node, ...there }), { from: before.key, way, to: node.key });
}

/** Nodes of one kind are told apart by their number. */
function titled(node: DrawnNode, drawing: Drawing, title: string): string {
  const alike = drawing.nodes.filter((one) => one.kind === node.kind);
  return alike.length > 1 ? `${title} ${alike.indexOf(node) + 1}` : title;
}
