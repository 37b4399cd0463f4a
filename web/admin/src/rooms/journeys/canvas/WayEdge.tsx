import { BaseEdge, EdgeLabelRenderer, getSmoothStepPath, type Edge as FlowEdge, type EdgeProps } from "@xyflow/react";
import { format, Icon } from "@/ui";
import { disconnect } from "../drawing/drawing";
import { words } from "../words";
import { useFacts } from "./context";

export type WayFlowEdge = FlowEdge<{ readonly way: string; readonly people: number }, "way">;

/** A way from node to node, with how many went along it; chosen, it can be cut. */
export function WayEdge(props: EdgeProps<WayFlowEdge>) {
  const t = words.use();
  const { draw, fixed } = useFacts();
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, source, data, selected, markerEnd } = props;
  const [path, x, y] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, borderRadius: 8, offset: 14 });
  const people = data?.people ?? 0;
  const cut = selected && !fixed && data;
  return (
    <>
      <BaseEdge path={path} {...(markerEnd ? { markerEnd } : {})} interactionWidth={18} />
      {(people > 0 || cut) && (
        <EdgeLabelRenderer>
          <div className="jedge-label" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            {people > 0 && <span title={t("edgeN", { n: format.count(people) })}>{format.count(people)}</span>}
            {cut && (
              <button type="button" aria-label={t("removeWay")} title={t("removeWay")} onClick={() => draw((drawing) => disconnect(drawing, source, data.way))}>
                <Icon name="close" size={12} />
              </button>
            )}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
}
