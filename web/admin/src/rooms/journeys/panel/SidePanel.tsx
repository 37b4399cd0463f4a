import { Button, ConfigProvider } from "antd";
import { EmptyState, Icon } from "@/ui";
import { useFacts } from "../canvas/context";
import { focusNode, useEdits } from "../canvas/useCanvasKeys";
import { nodeOf } from "../drawing/drawing";
import { words } from "../words";
import { NodePanel, Sum } from "./NodePanel";
import { SettingsPanel } from "./SettingsPanel";
import { useWorded } from "./worded";

/** Beside the canvas: the chosen node, the settings of the whole, or what is left to do. */
export function SidePanel() {
  const t = words.use();
  const { drawing, chosen, fixed } = useFacts();
  const node = chosen.keys.length === 1 ? nodeOf(drawing, chosen.keys[0] ?? null) : undefined;
  const back = (event: React.KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented || !node) return;
    focusNode(node.key);
  };
  return (
    <aside className="jpanel" aria-label={t("panel")} onKeyDown={back}>
      <ConfigProvider componentDisabled={fixed}>{chosen.whole ? <SettingsPanel /> : node ? <NodePanel key={node.key} node={node} /> : chosen.keys.length > 1 ? <Many /> : <Overall />}</ConfigProvider>
    </aside>
  );
}

function Many() {
  const t = words.use();
  const { chosen, fixed } = useFacts();
  const { drop, take } = useEdits();
  return (
    <div className="stack">
      <h2>{t("manyChosen", { n: chosen.keys.length })}</h2>
      <div className="row">
        <Button icon={<Icon name="copy" size={14} />} onClick={() => take(chosen.keys)}>
          {t("copyNode")}
        </Button>
        {!fixed && (
          <Button icon={<Icon name="trash" size={14} />} onClick={() => drop(chosen.keys)}>
            {t("deleteNode")}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Nothing is chosen: what is left to complete, each leading to its node, and people at nodes that are gone. */
function Overall() {
  const t = words.use();
  const { drawing, problems, chosen, titleOf, counts } = useFacts();
  const worded = useWorded();
  const goneKeys = [...counts.values()].filter((one) => one.came > 0 && !nodeOf(drawing, one.node));
  const go = (key: string) => {
    if (key) {
      chosen.set([key]);
      focusNode(key);
    } else chosen.showWhole(true);
  };
  return (
    <>
      {problems.length > 0 ? (
        <>
          <h2>
            {t("problemsTitle")} <span className="soft">{problems.length}</span>
          </h2>
          <ul className="jproblems">
            {problems.map((one) => {
              const node = nodeOf(drawing, one.node);
              return (
                <li key={`${one.node} ${one.message}`}>
                  <button type="button" onClick={() => go(one.node)}>
                    <b>{node ? titleOf(node) : t("wholeJourney")}</b>
                    <span className="small">{worded(one)}</span>
                  </button>
                </li>
              );
            })}
          </ul>
        </>
      ) : (
        <EmptyState title={t("nothingChosen")}>{t("nothingChosenWhat")}</EmptyState>
      )}
      {goneKeys.map((one) => (
        <div key={one.node} className="jgone">
          <p className="small soft">
            {t("gone")} {one.node}
          </p>
          <Sum counts={one} />
        </div>
      ))}
    </>
  );
}
