import { Button, Modal } from "antd";
import { useState } from "react";
import { fileAt } from "@/api/client";
import { useCancelOperation } from "@/api/queries";
import type { Audience, Delivery } from "@/api/types";
import { Banner, Count, format, Icon, TaskProgress, TimeText, toast, toastError, useMay } from "@/ui";
import { useConfirmDelivery } from "./queries";
import { words } from "./words";

const STEPS = ["people", "holders", "consenting", "matched"] as const;
type FilePart = "whole" | "added" | "removed";

/** The newest delivery: on its way, what came of it, and its files. */
export function DeliveryView({ audience, delivery, first, uploaded }: { audience: Audience; delivery: Delivery; first: boolean; uploaded: boolean }) {
  const t = words.use();
  if (delivery.state === "running") return <Making delivery={delivery} />;
  if (delivery.state === "cancelled") return <p className="soft">{t("cancelled")}</p>;
  if (delivery.state === "failed") {
    const few = delivery.people > 0 && delivery.matched < (audience.least_people ?? 0);
    return (
      <>
        <Banner tone="warning">
          <p>{t("failed", { why: delivery.message })}</p>
        </Banner>
        {few && <Steps delivery={delivery} />}
      </>
    );
  }
  return (
    <>
      {!(delivery.withdrawn && delivery.people === 0) && <Steps delivery={delivery} />}
      <Files audience={audience} delivery={delivery} first={first} uploaded={uploaded} />
    </>
  );
}

function Making({ delivery }: { delivery: Delivery }) {
  const t = words.use();
  const cancel = useCancelOperation();
  return (
    <TaskProgress
      done={delivery.done}
      total={delivery.total}
      label={t("tab")}
      stopping={cancel.isPending}
      onStop={() => cancel.mutate(delivery.operation_id, { onError: toastError })}
    >
      {t("making", { done: format.count(delivery.done), total: format.count(delivery.total) })}
    </TaskProgress>
  );
}

/** From the segment to the file: who falls away where. */
function Steps({ delivery }: { delivery: Delivery }) {
  const t = words.use();
  const most = Math.max(delivery.people, 1);
  return (
    <ul className="audience-steps">
      {STEPS.map((step) => (
        <li key={step}>
          <span className="small soft">{t(`step.${step}`)}</span>
          <b>
            <Count value={delivery[step]} />
          </b>
          <i aria-hidden>
            <i className={step === "matched" ? "last" : undefined} style={{ width: `${(delivery[step] / most) * 100}%` }} />
          </i>
          <span className="small soft">
            {step === "holders" && delivery.people > 0 && t("matchRate", { share: format.percent(Math.round((delivery.holders / delivery.people) * 1e4)) })}
          </span>
        </li>
      ))}
    </ul>
  );
}

function filesOf(delivery: Delivery, first: boolean): FilePart[] {
  if (delivery.withdrawn) return ["removed"];
  return first && delivery.removed === 0 ? ["whole"] : ["whole", "added", "removed"];
}

function hintOf(delivery: Delivery, first: boolean) {
  if (delivery.withdrawn) return "withdrawnHint";
  if (first) return "firstHint";
  return delivery.added + delivery.removed === 0 ? "nothingHint" : "diffHint";
}

function Files({ audience, delivery, first, uploaded }: { audience: Audience; delivery: Delivery; first: boolean; uploaded: boolean }) {
  const t = words.use();
  const may = useMay();
  const mayTake = may("POST /api/audiences");
  const ready = delivery.state === "ready";
  const byHand = ready && !uploaded && !delivery.confirmed_at;
  return (
    <div className="audience-files">
      {byHand && <p>{t(hintOf(delivery, first), { recipient: audience.recipient })}</p>}
      <div className="row wrap audience-buttons">
        {filesOf(delivery, first).map((part) => (
          <OneFile key={part} audience={audience} delivery={delivery} part={part} offered={ready && mayTake} />
        ))}
        {byHand && mayTake && <Confirm audience={audience} delivery={delivery} />}
      </div>
      <p className="small soft">
        <TimeText at={delivery.ready_at} /> {t("preparedBy", { actor: delivery.actor })}
        {" · "}
        <Fate delivery={delivery} />
      </p>
    </div>
  );
}

function OneFile({ audience, delivery, part, offered }: { audience: Audience; delivery: Delivery; part: FilePart; offered: boolean }) {
  const t = words.use();
  const lines = { whole: delivery.lines, added: delivery.added, removed: delivery.removed }[part];
  const title = t(`part.${part}`);
  return (
    <span className="audience-file">
      <b>{title}</b>
      <span className="soft">{t("lines", { n: format.count(lines) })}</span>
      {offered && lines > 0 && (
        <a href={fileAt(`/api/audiences/${audience.id}/deliveries/${delivery.id}/${part}.csv`)} download title={t("download")} aria-label={`${t("download")} ${title}`}>
          <Icon name="download" size={14} />
        </a>
      )}
    </span>
  );
}

/** Confirmed, still open or expired. */
function Fate({ delivery }: { delivery: Delivery }) {
  const t = words.use();
  if (delivery.confirmed_at)
    return (
      <>
        {t("confirmedAt")} <TimeText at={delivery.confirmed_at} />
      </>
    );
  if (delivery.state !== "ready") return t("expired");
  return (
    <>
      {t("until")} <TimeText at={delivery.expires_at} />
    </>
  );
}

function Confirm({ audience, delivery }: { audience: Audience; delivery: Delivery }) {
  const t = words.use();
  const confirm = useConfirmDelivery(audience.id);
  const [asking, ask] = useState(false);
  return (
    <>
      <Button size="small" type="primary" loading={confirm.isPending} onClick={() => ask(true)}>
        {t("confirm")}
      </Button>
      <Modal
        open={asking}
        title={t("confirm")}
        width={440}
        okText={t("confirm")}
        cancelText={t("cancel")}
        onCancel={() => ask(false)}
        onOk={() => {
          ask(false);
          confirm.mutate(delivery.id, { onSuccess: () => toast(t("confirmed")), onError: toastError });
        }}
      >
        <p>{t("confirmWhat", { recipient: audience.recipient })}</p>
      </Modal>
    </>
  );
}

/** Earlier deliveries in a line each. */
export function History({ deliveries }: { deliveries: readonly Delivery[] }) {
  const t = words.use();
  const made = deliveries.filter((one) => one.state === "ready" || one.state === "expired");
  if (made.length === 0) return null;
  return (
    <details className="audience-history">
      <summary className="small soft">
        {t("history")} {format.count(made.length)}
      </summary>
      <ul className="small">
        {made.map((one) => (
          <li key={one.id}>
            <TimeText at={one.ready_at} />
            <span>
              {t("part.whole")} {format.count(one.lines)} · {t("part.added")} {format.count(one.added)} · {t("part.removed")} {format.count(one.removed)}
            </span>
            <span className="soft">{one.confirmed_at ? t("confirmedAt") : t("notConfirmed")}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
