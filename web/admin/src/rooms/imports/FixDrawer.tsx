import { Button, Drawer, Input } from "antd";
import { useState } from "react";
import type { QuarantineRow } from "@/api/types";
import { Field, format, toast, toastError, usePick } from "@/ui";
import { useFix } from "./queries";
import { words } from "./words";

interface FixDrawerProps {
  readonly row: QuarantineRow | null;
  readonly onClose: () => void;
  readonly onReplay: (id: number) => void;
}

export function FixDrawer({ row, onClose, onReplay }: FixDrawerProps) {
  const t = words.use();
  const title = row ? t("fixTitle", { row: t("rowNo", { n: format.count(row.row_no) }) }) : "";
  return (
    <Drawer open={row !== null} onClose={onClose} title={title} size={420} destroyOnHidden>
      {row && <FixForm key={row.id} row={row} onClose={onClose} onReplay={onReplay} />}
    </Drawer>
  );
}

/** One row: the fields that are wrong, each beside what is wrong with it. */
function FixForm({ row, onClose, onReplay }: FixDrawerProps & { row: QuarantineRow }) {
  const t = words.use();
  const say = usePick();
  const fix = useFix();
  const [fields, setFields] = useState<Record<string, string>>(() => Object.fromEntries(row.reasons.map((reason) => [reason.field, reason.value])));
  const save = (replay: boolean) =>
    fix.mutate(
      { id: row.id, fields },
      {
        onSuccess: () => {
          if (replay) onReplay(row.id);
          else toast(t("fixDone"));
          onClose();
        },
        onError: toastError,
      },
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(true);
      }}
    >
      <p className="soft fix-what">{t("fixWhat")}</p>
      {row.reasons.map((reason, place) => (
        <Field key={reason.field} label={reason.field} error={fields[reason.field] === reason.value ? t("was", { value: reason.value, reason: say(reason.reason) }) : null} help={t("was", { value: reason.value, reason: say(reason.reason) })}>
          {(id, about) => (
            <Input id={id} aria-describedby={about} autoFocus={place === 0} value={fields[reason.field] ?? ""} onChange={(event) => setFields({ ...fields, [reason.field]: event.target.value })} />
          )}
        </Field>
      ))}
      <div className="row fix-actions">
        <Button type="primary" htmlType="submit" loading={fix.isPending}>
          {t("saveReplay")}
        </Button>
        <Button onClick={() => save(false)} disabled={fix.isPending}>
          {t("save")}
        </Button>
      </div>
    </form>
  );
}
