import { Panel, useReactFlow } from "@xyflow/react";
import { Icon, type IconName } from "@/ui";
import { arranged } from "../drawing/layout";
import { move } from "../drawing/drawing";
import { words } from "../words";
import { useFacts } from "./context";

const CALM = { duration: 150 };

/** What is done with the picture: look closer, see all of it, put it in order. */
export function Tools() {
  const t = words.use();
  const { draw, kinds, waysOf, fixed } = useFacts();
  const { fitView, zoomIn, zoomOut } = useReactFlow();
  const isEntry = (key: string) => kinds.some((kind) => kind.key === key && kind.entry);
  const fit = () => void fitView({ padding: 0.15, maxZoom: 1, ...CALM });
  const arrange = () => {
    draw((now) => move(now, arranged(now, isEntry, waysOf)));
    window.setTimeout(fit, 50);
  };
  const tool = (word: "zoomIn" | "zoomOut" | "fit" | "arrange", icon: IconName, act: () => void) => (
    <button type="button" aria-label={t(word)} title={t(word)} onClick={act}>
      <Icon name={icon} size={14} />
    </button>
  );
  return (
    <Panel position="bottom-left" className="jtools">
      {tool("zoomIn", "plus", () => void zoomIn(CALM))}
      {tool("zoomOut", "minus", () => void zoomOut(CALM))}
      {tool("fit", "expand", fit)}
      {!fixed && tool("arrange", "tree", arrange)}
    </Panel>
  );
}
