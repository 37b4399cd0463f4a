import { Modal } from "antd";
import { toast, toastError, uiWords } from "@/ui";
import { usePractice, useSetPractice } from "../queries";
import { words } from "./words";

/** Asks before calls go to the real platforms again. */
export function EndPractice({ onClose }: { onClose: () => void }) {
  const t = words.use();
  const ui = uiWords.use();
  const practice = usePractice();
  const set = useSetPractice();
  const go = () =>
    set.mutate(
      { on: false, url: practice.data?.url || "http://127.0.0.1:8900" },
      {
        onSuccess: () => {
          toast(t("turnedOff"));
          onClose();
        },
        onError: toastError,
      },
    );
  return (
    <Modal open width={440} title={t("endTitle")} okText={t("end")} cancelText={ui("cancel")} confirmLoading={set.isPending} onOk={go} onCancel={onClose}>
      <p>{t("endWhat")}</p>
    </Modal>
  );
}
