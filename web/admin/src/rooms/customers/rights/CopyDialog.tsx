import { Modal } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { toastError } from "@/ui";
import { useAskCopy } from "./queries";
import { Reason } from "./Reason";
import { words } from "./words";

export function CopyDialog({ uid, onClose }: { uid: number; onClose: () => void }) {
  const t = words.use();
  const navigate = useNavigate();
  const copy = useAskCopy(uid);
  const [reason, setReason] = useState("");
  const [tried, setTried] = useState(false);
  const go = () => {
    setTried(true);
    if (reason.trim()) copy.mutate(reason, { onSuccess: (made) => void navigate(`/customers/requests/${made.id}`), onError: toastError });
  };
  return (
    <Modal open title={t("copyTitle")} okText={t("copyGo")} confirmLoading={copy.isPending} onOk={go} onCancel={onClose} width={480}>
      <div className="stack wide">
        <p>{t("copyWhat")}</p>
        <Reason value={reason} onChange={setReason} missing={tried && !reason.trim()} />
      </div>
    </Modal>
  );
}
