import { Button, Input, Modal } from "antd";
import { useState } from "react";
import type { Identity } from "@/api/types";
import { Field, Icon, Tag, TimeText, toast, toastError, useMay } from "@/ui";
import { useUnmerge } from "./queries";
import { words } from "./words";

type Entry = Identity["ledger"][number];

/** Every merge and un-merge, each of which can be taken back. */
export function Ledger({ ledger }: { ledger: readonly Entry[] }) {
  const t = words.use();
  const may = useMay();
  const [asked, setAsked] = useState<Entry | null>(null);
  return (
    <>
      <h3>{t("ledgerTitle")}</h3>
      {ledger.length === 0 && <p className="soft">{t("ledgerNone")}</p>}
      <ul className="identity-list">
        {ledger.map((item) => (
          <li key={item.id} className="row apart">
            <span>
              {t(item.kind.includes("merge") && !item.kind.startsWith("un") ? "merge" : "split")} · {item.reason}
              <span className="small soft">
                {" "}
                · {item.actor} · <TimeText at={item.at} />
              </span>
            </span>
            {item.undone && <Tag>{t("undone")}</Tag>}
            {!item.undone && item.kind === "merge" && may("POST /api/identity/unmerge") && (
              <Button size="small" icon={<Icon name="split" size={14} />} onClick={() => setAsked(item)}>
                {t("unmerge")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Unmerge entry={asked} onClose={() => setAsked(null)} />
    </>
  );
}

function Unmerge({ entry, onClose }: { entry: Entry | null; onClose: () => void }) {
  const t = words.use();
  const unmerge = useUnmerge();
  const [reason, setReason] = useState("");
  const confirm = () =>
    entry &&
    unmerge.mutate(
      { ledger_id: entry.id, reason },
      {
        onSuccess: () => {
          toast(t("unmerged"));
          onClose();
        },
        onError: toastError,
      },
    );
  return (
    <Modal
      open={entry !== null}
      title={t("unmergeTitle")}
      okText={t("unmerge")}
      okButtonProps={{ disabled: reason.trim().length < 2 }}
      confirmLoading={unmerge.isPending}
      onOk={confirm}
      onCancel={onClose}
      afterClose={() => setReason("")}
      width={440}
    >
      <div className="stack wide">
        <p>{t("unmergeWhat", { n: entry?.uids.length ?? 2 })}</p>
        <Field label={t("unmergeReason")} help={t("unmergeReasonHelp")}>
          {(id, about) => <Input id={id} aria-describedby={about} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
      </div>
    </Modal>
  );
}
