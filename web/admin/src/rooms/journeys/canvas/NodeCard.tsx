import { Handle, Position, useUpdateNodeInternals, type NodeProps, type Node } from "@xyflow/react";
import { useEffect } from "react";
import { format, Icon, usePick } from "@/ui";
import type { Drawing, DrawnNode } from "../drawing/drawing";
import { iconOf, isSettable, traitOf } from "../drawing/traits";
import { useSummary } from "../panel/useSummary";
import { words } from "../words";
import { useFacts, type NodeCounts } from "./context";
import { useWayWord } from "./wayWord";

export type CardNode = Node<{ readonly drawn: DrawnNode }, "card">;

/** A node on the canvas: what it does, in one line how, how many stand here, and its ways out. */
export function NodeCard({ data: { drawn }, selected }: NodeProps<CardNode>) {
  const { kindOf, waysOf, problems, fixed } = useFacts();
  const kind = kindOf(drawn);
  const ways = waysOf(drawn);
  const update = useUpdateNodeInternals();
  const written = ways.join(" ");
  useEffect(() => update(drawn.key), [update, drawn.key, written]);
  const wrong = problems.some((one) => one.node === drawn.key);
  const className = ["jnode", `jnode-${kind ? traitOf(kind) : "act"}`, selected ? "jnode-on" : "", wrong ? "jnode-wrong" : ""].join(" ").trim();
  return (
    <div className={className}>
      {!kind?.entry && <Handle type="target" position={Position.Top} isConnectable={!fixed} />}
      <Face drawn={drawn} selected={selected} />
      {ways.length > 0 && (
        <div className="jnode-ways">
          {ways.map((way) => (
            <Way key={way} node={drawn.key} way={way} />
          ))}
        </div>
      )}
    </div>
  );
}

function Face({ drawn, selected }: { drawn: DrawnNode; selected: boolean }) {
  const t = words.use();
  const say = usePick();
  const { kindOf, drawing, chosen, problems, counts } = useFacts();
  const summary = useSummary(drawn);
  const kind = kindOf(drawn);
  const stand = standing(counts.get(drawn.key));
  const wrong = problems.filter((one) => one.node === drawn.key).length;
  const what = summary || (kind && isSettable(kind) ? t("notSet") : "");
  const title = say(kind?.title ?? { zh: drawn.kind, en: drawn.kind });
  // One card at a time is in the way of Tab; arrows go on from there.
  const reachable = firstOf(chosen.keys, drawing) === drawn.key;
  return (
    <button type="button" className="jnode-face" data-node={drawn.key} tabIndex={reachable ? 0 : -1} aria-pressed={selected}>
      <span className="jnode-head">
        <i className="jnode-icon"><Icon name={iconOf(kind)} size={13} /></i>
        <b>{title}</b>
        {wrong > 0 && (
          <span className="jnode-flag" title={t("problems", { n: wrong })}>
            {wrong}
            <span className="sr"> {t("problemsTitle")}</span>
          </span>
        )}
        {stand > 0 && (
          <span className="jnode-here" title={t("sumWhat")}>
            {format.count(stand)}
            <span className="sr"> {t("waiting")}</span>
          </span>
        )}
      </span>
      {what && <span className={summary ? "jnode-what" : "jnode-what jnode-open"}>{what}</span>}
      {drawn.note && <span className="jnode-note">{drawn.note}</span>}
    </button>
  );
}

const firstOf = (keys: readonly string[], { nodes }: Drawing): string | undefined => keys[0] ?? nodes[0]?.key;
const standing = (here: NodeCounts | undefined): number => (here ? here.waiting + here.ended : 0);

function Way({ node, way }: { node: string; way: string }) {
  const wayWord = useWayWord();
  const { drawing, fixed } = useFacts();
  const leads = drawing.edges.some((edge) => edge.from === node && edge.way === way);
  return (
    <span className={leads ? "jnode-way" : "jnode-way jnode-loose"}>
      {wayWord(way)}
      <Handle id={way} type="source" position={Position.Bottom} isConnectable={!fixed} />
    </span>
  );
}
