import { Button, Dropdown } from "antd";
import { format, Icon, PageHeader, usePick } from "@/ui";
import type { Journey } from "@/api/types";
import { useFacts } from "./canvas/context";
import type { Saving } from "./drawing/autosave";
import { Actions } from "./live/Actions";
import { ReviewLine } from "./live/Review";
import { StateTag } from "./states";
import { words } from "./words";

interface HeadProps {
  readonly name: string;
  readonly entered: number | null;
  readonly saving: Saving;
  readonly onName: (name: string) => void;
  readonly steps: { readonly back: boolean; readonly forth: boolean; readonly undo: () => void; readonly redo: () => void };
  readonly onDone: (journey: Journey) => void;
}

const LETTERS = 100;

/** Above the canvas: what it is called, how it stands, whether it is kept, and what can be done with the whole. */
export function Head({ name, entered, saving, onName, steps, onDone }: HeadProps) {
  const t = words.use();
  const { journey, problems, chosen, fixed, drawing } = useFacts();
  const ready = problems.length === 0 && drawing.nodes.length > 0 && saving.state === "saved";
  return (
    <PageHeader
      up={{ to: "/journeys", title: t("up") }}
      name={name || t("title")}
      title={
        <>
          <input className="jname" aria-label={t("name")} maxLength={LETTERS} readOnly={fixed} value={name} size={20} onChange={(event) => onName(event.target.value)} />
          <StateTag state={journey.state} />
        </>
      }
      note={
        <span className="row wrap">
          {fixed ? <span>{t("readOnly")}</span> : <SaveState saving={saving} />}
          {entered !== null && journey.published && <span>{t("enteredN", { n: format.count(entered) })}</span>}
          <ReviewLine />
          {journey.changed && <span className="warning">{t("changedWhat")}</span>}
        </span>
      }
      actions={
        <>
          {!fixed && (
            <>
              <AddNode />
              <Button type="text" disabled={!steps.back} icon={<Icon name="undo" />} aria-label={t("undo")} title={t("undo")} onClick={steps.undo} />
              <Button type="text" disabled={!steps.forth} icon={<Icon name="redo" />} aria-label={t("redo")} title={t("redo")} onClick={steps.redo} />
              {problems.length > 0 && (
                <Button className="jtodo" icon={<Icon name="warning" size={14} />} onClick={() => chosen.set([])}>
                  {t("problems", { n: problems.length })}
                </Button>
              )}
            </>
          )}
          <Button icon={<Icon name="settings" size={14} />} aria-pressed={chosen.whole} onClick={() => chosen.showWhole(!chosen.whole)}>
            {t("settings")}
          </Button>
          <Actions name={name} ready={ready} onDone={onDone} />
        </>
      }
    />
  );
}

function SaveState({ saving }: { saving: Saving }) {
  const t = words.use();
  const clock = saving.at && `${String(saving.at.getHours()).padStart(2, "0")}:${String(saving.at.getMinutes()).padStart(2, "0")}`;
  return (
    <span className="jsave" role="status">
      {saving.state === "saved" && <>{t("saved", { at: clock ?? "" })}</>}
      {saving.state === "saving" && t("saving")}
      {saving.state === "unsaved" && t("unsaved")}
      {saving.state === "failed" && (
        <span className="bad">
          {t("saveFailed")}：{(saving.error as Error).message}{" "}
          <button type="button" className="link" onClick={saving.retry}>
            {t("saveAgain")}
          </button>
        </span>
      )}
    </span>
  );
}

/** The palette where there is no room for it. */
function AddNode() {
  const t = words.use();
  const say = usePick();
  const { kinds, place } = useFacts();
  return (
    <span className="jadd">
      <Dropdown trigger={["click"]} menu={{ items: kinds.map((kind) => ({ key: kind.key, label: say(kind.title), onClick: () => place(kind.key) })) }}>
        <Button icon={<Icon name="plus" size={14} />}>{t("addNode")}</Button>
      </Dropdown>
    </span>
  );
}
