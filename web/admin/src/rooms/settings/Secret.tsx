import { Button, Input, Modal } from "antd";
import type { AccessLink } from "@/api/types";
import { copyText, format, toast, useBrand } from "@/ui";
import { words } from "./words";

/** Something that is shown once: to be copied now. */
export function Secret({ title, note, value, onClose }: { title: string; note: string; value: string; onClose: () => void }) {
  const t = words.use();
  const copy = () => void copyText(value).then(() => toast(t("copied")));
  return (
    <Modal open title={title} width={520} mask={{ closable: false }} onCancel={onClose} footer={<Button onClick={onClose}>{t("done")}</Button>}>
      <div className="settings-secret">
        <Input readOnly value={value} aria-label={title} className="mono" onFocus={(event) => event.target.select()} />
        <Button type="primary" onClick={copy}>
          {t("copy")}
        </Button>
      </div>
      <p className="small soft">{note}</p>
    </Modal>
  );
}

export function LinkShown({ link, onClose }: { link: AccessLink | null; onClose: () => void }) {
  const t = words.use();
  const { zone } = useBrand();
  if (!link) return null;
  return (
    <Secret
      title={t("linkTitle", { email: link.email })}
      note={t("linkNote", { until: format.dateTime(link.expires_at, zone) })}
      value={window.location.origin + link.path}
      onClose={onClose}
    />
  );
}
