import { Input, Modal } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { JourneyBegun, NodeKind } from "@/api/types";
import { Field, Part, toastError } from "@/ui";
import { bodyOf } from "./drawing/autosave";
import { begun, EMPTY, fromGraph, move, type Drawing } from "./drawing/drawing";
import { arranged } from "./drawing/layout";
import { useCreateJourney, useGallery, useNodeKinds } from "./queries";
import { words } from "./words";

const BLANK = "";
const LETTERS = 100;

/** A drawing of the gallery, laid out, with chance of its own. */
function drawingOf(one: JourneyBegun, kinds: readonly NodeKind[]): Drawing {
  const drawing = begun(fromGraph(one.graph));
  const kindOf = (key: string) => kinds.find((kind) => kind.key === key);
  return move(drawing, arranged(drawing, (key) => kindOf(key)?.entry ?? false, (node) => kindOf(node.kind)?.ways ?? []));
}

/** How a new journey begins: with nothing, or with a drawing that others have found useful. */
export function NewJourney({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = words.use();
  const navigate = useNavigate();
  const gallery = useGallery();
  const kinds = useNodeKinds();
  const create = useCreateJourney();
  const [chosen, setChosen] = useState(BLANK);
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const one = gallery.data?.find((item) => item.key === chosen);
  const called = name.trim() || (one?.title ?? "");
  const submit = () => {
    setTried(true);
    if (!called || !kinds.data) return;
    const drawing = one ? drawingOf(one, kinds.data) : EMPTY;
    create.mutate(bodyOf({ name: called, drawing }), { onSuccess: (journey) => void navigate(`/journeys/${journey.id}`), onError: toastError });
  };
  return (
    <Modal open={open} title={t("newJourney")} okText={t("create")} okButtonProps={{ disabled: !kinds.data }} confirmLoading={create.isPending} onOk={submit} onCancel={onClose} width={720} destroyOnHidden>
      <p className="soft jnew-what">{t("newWhat")}</p>
      <Part query={gallery} height={180}>
        {(items) => (
          <div className="jgallery" role="radiogroup" aria-label={t("newJourney")}>
            {[{ key: BLANK, title: t("blank"), what: t("blankWhat"), nodes: 0 }, ...items.map((item) => ({ ...item, nodes: item.graph.nodes?.length ?? 0 }))].map((item) => (
              <label key={item.key} className={item.key === chosen ? "jgallery-card on" : "jgallery-card"}>
                <input type="radio" name="begin" className="sr" checked={item.key === chosen} onChange={() => setChosen(item.key)} />
                <b>{item.title}</b>
                <span className="small soft">{item.what}</span>
                {item.nodes > 0 && <span className="small soft">{t("nodesN", { n: item.nodes })}</span>}
              </label>
            ))}
          </div>
        )}
      </Part>
      <Field label={t("newName")} help={t("newNameHelp")} error={tried && !called ? t("newNameMissing") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} maxLength={LETTERS} placeholder={one?.title ?? ""} value={name} onChange={(event) => setName(event.target.value)} onPressEnter={submit} />}
      </Field>
    </Modal>
  );
}
