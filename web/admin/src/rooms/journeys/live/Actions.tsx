import { Button, Modal } from "antd";
import { useState } from "react";
import type { Journey } from "@/api/types";
import { format, Icon, More, toast, toastError, useMay } from "@/ui";
import { useFacts } from "../canvas/context";
import { useAct, type Act } from "../queries";
import { words } from "../words";
import { Publish } from "./Publish";
import { needsReview, Review } from "./Review";

interface ActionsProps {
  readonly name: string;
  readonly ready: boolean;
  readonly onDone: (journey: Journey) => void;
}

const DONE = { publish: "published", pause: "paused", resume: "resumed", finish: "finished", stop: "stopped" } as const;

/** Publish it, hold it, let nobody in any more, end it; what cannot be taken back asks first. */
export function Actions({ name, ready, onDone }: ActionsProps) {
  const t = words.use();
  const may = useMay();
  const { journey, counts } = useFacts();
  const act = useAct(journey.id);
  const [asked, setAsked] = useState<Act | null>(null);
  const { state, published } = journey;
  const again = published && state !== "done";
  const due = !again || journey.changed;
  if (state === "stopped") return null;
  const review = due && needsReview(journey) && <Review ready={ready} onDone={onDone} />;
  if (!may("campaigns.publish")) return review || null;
  const inside = format.count([...counts.values()].reduce((sum, one) => sum + one.waiting, 0));
  const run = (what: Act) =>
    act.mutate(what, {
      onSuccess: (after) => {
        toast(t(DONE[what]));
        setAsked(null);
        onDone(after);
      },
      onError: toastError,
    });
  const close = () => setAsked(null);
  return (
    <>
      {review}
      <Hold onAct={run} onAsk={setAsked} />
      {due && !needsReview(journey) && (
        <Button type="primary" disabled={!ready} onClick={() => setAsked("publish")}>
          {t(again ? "publishAgain" : "publish")}
        </Button>
      )}
      <Publish name={name} open={asked === "publish"} busy={act.isPending} onConfirm={() => run("publish")} onClose={close} />
      <Modal open={asked === "finish"} title={t("finishTitle", { name })} okText={t("finish")} confirmLoading={act.isPending} onOk={() => run("finish")} onCancel={close} width={440}>
        {t("finishWhat", { n: inside })}
      </Modal>
      <Modal open={asked === "stop"} title={t("stopTitle", { name })} okText={t("stop")} okButtonProps={{ danger: true }} confirmLoading={act.isPending} onOk={() => run("stop")} onCancel={close} width={440}>
        {t("stopWhat", { n: inside })}
      </Modal>
    </>
  );
}

/** What can be done while people walk: hold them, let them go on, let nobody in any more, end it. */
function Hold({ onAct, onAsk }: { readonly onAct: (what: Act) => void; readonly onAsk: (what: Act) => void }) {
  const t = words.use();
  const { state } = useFacts().journey;
  const walking = state === "live" || state === "paused" || state === "draining";
  return (
    <>
      {state === "paused" && (
        <Button icon={<Icon name="play" size={14} />} onClick={() => onAct("resume")}>
          {t("resume")}
        </Button>
      )}
      {walking && (
        <More
          of={t("more")}
          items={[
            state !== "paused" && { key: "pause", label: t("pause"), icon: "pause", onClick: () => onAct("pause") },
            state !== "draining" && { key: "finish", label: t("finish"), icon: "arrow", onClick: () => onAsk("finish") },
            { key: "stop", label: t("stop"), icon: "stop", danger: true, onClick: () => onAsk("stop") },
          ]}
        />
      )}
    </>
  );
}
