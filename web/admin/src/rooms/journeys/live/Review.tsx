import { Button, Input, Modal } from "antd";
import { useState } from "react";
import type { Journey } from "@/api/types";
import { Icon, toast, toastError, useMay } from "@/ui";
import { useFacts } from "../canvas/context";
import { useReview, type Reviewing } from "../queries";
import { words } from "../words";

const NOTE_LETTERS = 500;
const DONE = { ask: "reviewAsked", approve: "reviewApproved", refuse: "reviewRefused" } as const;

/** Whether the drawing as it is still needs somebody else's word before it is published. */
export function needsReview(journey: Pick<Journey, "approval" | "review">): boolean {
  return journey.approval && !(journey.review?.current && journey.review.state === "approved");
}

/** Ask for approval, or give it; stands where publishing stands as long as it is needed. */
export function Review({ ready, onDone }: { readonly ready: boolean; readonly onDone: (journey: Journey) => void }) {
  const t = words.use();
  const may = useMay();
  const { journey } = useFacts();
  const act = useReview(journey.id);
  const [refusing, setRefusing] = useState(false);
  const [note, setNote] = useState("");
  const { review } = journey;
  const waits = review?.current === true && review.state === "asked";
  const run = (what: Reviewing) =>
    act.mutate(
      { what, note },
      {
        onSuccess: (after) => {
          toast(t(DONE[what]));
          setRefusing(false);
          setNote("");
          onDone(after);
        },
        onError: toastError,
      },
    );
  if (!waits)
    return may("campaigns.write") ? (
      <Button type="primary" disabled={!ready} loading={act.isPending} onClick={() => run("ask")}>
        {t("reviewAsk")}
      </Button>
    ) : null;
  if (!may("campaigns.publish")) return null;
  return (
    <>
      <Button onClick={() => setRefusing(true)}>{t("reviewRefuse")}</Button>
      <Button type="primary" icon={<Icon name="check" size={14} />} loading={act.isPending} onClick={() => run("approve")}>
        {t("reviewApprove")}
      </Button>
      <Modal open={refusing} title={t("reviewRefuseTitle")} okText={t("reviewRefuse")} confirmLoading={act.isPending} onOk={() => run("refuse")} onCancel={() => setRefusing(false)} width={440}>
        <Input.TextArea aria-label={t("reviewNote")} placeholder={t("reviewNote")} rows={3} maxLength={NOTE_LETTERS} value={note} onChange={(event) => setNote(event.target.value)} />
      </Modal>
    </>
  );
}

/** Where the approval stands, in a line under the name. */
export function ReviewLine() {
  const t = words.use();
  const { journey } = useFacts();
  const { approval, review } = journey;
  if (!approval || !review) return null;
  if (!review.current) return <span className="warning">{t("reviewChanged")}</span>;
  if (review.state === "asked") return <span>{t("reviewWaits", { name: review.asked_by })}</span>;
  if (review.state === "approved") return <span>{t("reviewBy", { name: review.by })}</span>;
  return <span className="bad">{t(review.note ? "reviewRefusedNote" : "reviewRefusedBy", { name: review.by, note: review.note })}</span>;
}
