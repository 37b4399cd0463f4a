import { Input, Modal } from "antd";
import { useState } from "react";
import { Field, Icon, toastError, useMay } from "@/ui";
import { useNamespace } from "./names";
import { useUnmask } from "./queries";
import { words } from "./words";

/** A masked identifier. Seeing it whole is a deliberate act with a reason, and is recorded. */
export function Unmask({ uid, ns, id, masked }: { uid: number; ns: string; id: number; masked: string }) {
  const t = words.use();
  const may = useMay();
  const name = useNamespace();
  const unmask = useUnmask(uid);
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const show = () => unmask.mutate({ ns, identifier_id: id, reason }, { onSuccess: () => setOpen(false), onError: toastError });
  return (
    <span className="unmask">
      <span>{unmask.data?.value ?? masked}</span>
      {may("customers.unmask") && !unmask.data && (
        <button type="button" className="unmask-button" aria-label={t("unmask")} title={t("unmask")} onClick={() => setOpen(true)}>
          <Icon name="eye" size={14} />
        </button>
      )}
      <Modal
        open={open}
        title={t("unmaskTitle", { ns: name(ns) })}
        okText={t("unmaskShow")}
        okButtonProps={{ disabled: reason.trim().length < 2 }}
        confirmLoading={unmask.isPending}
        onOk={show}
        onCancel={() => setOpen(false)}
        width={440}
      >
        <div className="stack wide">
          <p>{t("unmaskWhat")}</p>
          <Field label={t("unmaskReason")} help={t("unmaskReasonHelp")}>
            {(field, about) => <Input id={field} aria-describedby={about} value={reason} onChange={(event) => setReason(event.target.value)} />}
          </Field>
        </div>
      </Modal>
    </span>
  );
}
