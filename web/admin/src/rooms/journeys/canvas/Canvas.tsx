import { Background, MarkerType, ReactFlow, useReactFlow, useStoreApi, type EdgeChange, type NodeChange } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useEffect, useMemo, useRef, useState, type DragEvent } from "react";
import { EmptyState } from "@/ui";
import { connect, move, nodeOf } from "../drawing/drawing";
import { words } from "../words";
import { useFacts } from "./context";
import { NodeCard, type CardNode } from "./NodeCard";
import { DRAGGED } from "./Palette";
import { useCanvasKeys } from "./useCanvasKeys";
import { Tools } from "./Tools";
import { WayEdge, type WayFlowEdge } from "./WayEdge";

const NODES = { card: NodeCard };
const EDGES = { way: WayEdge };
const FIT = { padding: 0.15, maxZoom: 1 };
const ARROW = { type: MarkerType.ArrowClosed, width: 14, height: 14, color: "var(--stone)" };

/** The middle of a card, from its corner; and how near to the edge it may stand. */
const CARD = { x: 110, y: 40 };
const MARGIN = 24;

type Places = Readonly<Record<string, { readonly x: number; readonly y: number }>>;
type Sizes = Readonly<Record<string, { readonly width: number; readonly height: number }>>;

/** The drawing itself: nodes to move and ways to draw between them. */
export function Canvas() {
  const t = words.use();
  const { drawing, draw, place, chosen, fixed } = useFacts();
  const { screenToFlowPosition, fitView } = useReactFlow();
  const keys = useCanvasKeys();
  const [nodes, onNodesChange, onDragEnd] = useNodes();
  const edges = useEdges();
  const drop = (event: DragEvent) => {
    const kind = event.dataTransfer.getData(DRAGGED);
    if (!kind || fixed) return;
    event.preventDefault();
    const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    place(kind, { after: null, x: x - 110, y: y - 30 });
  };
  useInView();
  const empty = drawing.nodes.length === 0;
  useEffect(() => {
    if (!empty) void fitView(FIT);
    // When the first node comes, and when the page is opened.
  }, [empty, fitView]);
  return (
    <div className="jcanvas" role="group" aria-label={t("canvas")} aria-describedby="jcanvas-keys" onKeyDown={keys} onDrop={drop} onDragOver={(event) => event.preventDefault()}>
      <p id="jcanvas-keys" className="sr">
        {t("canvasKeys")}
      </p>
      <ReactFlow<CardNode, WayFlowEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODES}
        edgeTypes={EDGES}
        onNodesChange={onNodesChange}
        onNodeDragStop={onDragEnd}
        onSelectionDragStop={onDragEnd}
        onNodeClick={(event) => event.currentTarget.querySelector<HTMLElement>("[data-node]")?.focus({ preventScroll: true })}
        onEdgesChange={(changes: EdgeChange<WayFlowEdge>[]) =>
          changes.forEach((change) => {
            const edge = change.type === "select" && change.selected ? edges.find((one) => one.id === change.id) : undefined;
            if (edge?.data) chosen.setWay(edge.source, edge.data.way);
          })
        }
        onPaneClick={() => chosen.set([])}
        onConnect={({ source, sourceHandle, target }) => sourceHandle && draw((now) => connect(now, { from: source, way: sourceHandle, to: target }))}
        isValidConnection={({ source, target }) => source !== target}
        nodesDraggable={!fixed}
        nodesConnectable={!fixed}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        multiSelectionKeyCode={["Shift", "Meta", "Control"]}
        minZoom={0.2}
        maxZoom={1.5}
        fitView
        fitViewOptions={FIT}
        snapToGrid
        snapGrid={[10, 10]}
      >
        <Background gap={20} size={1} color="var(--line-strong)" />
        <Tools />
      </ReactFlow>
      {empty && (
        <div className="jcanvas-empty">
          <EmptyState title={t("emptyCanvas")}>{t("emptyCanvasWhat")}</EmptyState>
        </div>
      )}
    </div>
  );
}

/** A node that is chosen by keys, by the palette or in a list is brought into view when it is out of it. */
function useInView(): void {
  const { drawing, chosen } = useFacts();
  const { setCenter, getZoom } = useReactFlow();
  const store = useStoreApi();
  const node = chosen.keys.length === 1 ? nodeOf(drawing, chosen.keys[0] ?? null) : undefined;
  const latest = useRef(node);
  useEffect(() => {
    latest.current = node;
  });
  useEffect(() => {
    const at = latest.current;
    const { width, height, transform } = store.getState();
    if (!at || !width) return;
    const [x, y] = [(at.x + CARD.x) * transform[2] + transform[0], (at.y + CARD.y) * transform[2] + transform[1]];
    if (x < MARGIN || y < MARGIN || x > width - MARGIN || y > height - MARGIN) void setCenter(at.x + CARD.x, at.y + CARD.y, { zoom: getZoom(), duration: 120 });
  }, [node?.key, store, setCenter, getZoom]);
}

/** The nodes as the canvas shows them; where one is dragged to becomes a step of the drawing when it is let go. */
function useNodes() {
  const { drawing, draw, chosen } = useFacts();
  const [sizes, setSizes] = useState<Sizes>({});
  const [dragged, setDragged] = useState<Places>({});
  const { keys, set } = chosen;
  const nodes = useMemo(
    (): CardNode[] =>
      drawing.nodes.map((drawn) => ({
        id: drawn.key,
        type: "card",
        position: dragged[drawn.key] ?? { x: drawn.x, y: drawn.y },
        data: { drawn },
        selected: keys.includes(drawn.key),
        ...(sizes[drawn.key] ? { measured: sizes[drawn.key] } : {}),
      })),
    [drawing.nodes, dragged, keys, sizes],
  );
  const onChange = useCallback(
    (changes: NodeChange<CardNode>[]) => {
      const [moved, measured, selected] = told(changes, keys);
      if (Object.keys(moved).length > 0) setDragged((before) => ({ ...before, ...moved }));
      if (Object.keys(measured).length > 0) setSizes((before) => ({ ...before, ...measured }));
      if (selected && (selected.length > 0 || keys.length > 0)) set(selected);
    },
    [keys, set],
  );
  const onDragEnd = useCallback(() => {
    if (Object.keys(dragged).length > 0) draw((now) => move(now, dragged));
    setDragged({});
  }, [dragged, draw]);
  return [nodes, onChange, onDragEnd] as const;
}

/** What the canvas reports, sorted: where nodes are dragged to, how large they are, which are chosen now. */
function told(changes: readonly NodeChange<CardNode>[], keys: readonly string[]) {
  const moved: Record<string, { x: number; y: number }> = {};
  const measured: Record<string, { width: number; height: number }> = {};
  let selected: readonly string[] | null = null;
  for (const change of changes) {
    if (change.type === "position" && change.position && change.dragging) moved[change.id] = change.position;
    if (change.type === "dimensions" && change.dimensions) measured[change.id] = change.dimensions;
    if (change.type === "select") selected = [...(selected ?? keys).filter((key) => key !== change.id), ...(change.selected ? [change.id] : [])];
  }
  return [moved, measured, selected] as const;
}

function useEdges(): WayFlowEdge[] {
  const { drawing, chosen, counts } = useFacts();
  return useMemo(() => {
    const known = new Set(drawing.nodes.map((node) => node.key));
    return drawing.edges
      .filter((edge) => known.has(edge.from) && known.has(edge.to))
      .map((edge) => ({
        id: `${edge.from}.${edge.way}`,
        type: "way",
        source: edge.from,
        sourceHandle: edge.way,
        target: edge.to,
        selected: chosen.way?.from === edge.from && chosen.way.way === edge.way,
        data: { way: edge.way, people: counts.get(edge.from)?.ways[edge.way] ?? 0 },
        markerEnd: ARROW,
      }));
  }, [drawing.nodes, drawing.edges, chosen.way, counts]);
}
