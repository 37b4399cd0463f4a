import { Button, Drawer, Input } from "antd";
import { useState } from "react";
import type { QuarantineRow } from "@/api/types";
import { Field, format, Part, toast, toastError, usePick } from "@/ui";
import { useFix, useRow } from "./queries";
import { words } from "./words";

interface FixDrawerProps {
  readonly row: QuarantineRow | null;
  readonly onClose: () => void;
  readonly onReplay: (id: number) => void;
}

export function FixDrawer({ row, onClose, onReplay }: FixDrawerProps) {
  const t = words.use();
  const whole = useRow(row?.id ?? null);
  const title = row ? t("fixTitle", { row: t("rowNo", { n: format.count(row.row_no) }) }) : "";
  return (
    <Drawer open={row !== null} onClose={onClose} title={title} size={440} destroyOnHidden>
      {row && <Part query={whole}>{(data) => <FixForm key={data.id} row={data} onClose={onClose} onReplay={onReplay} />}</Part>}
    </Drawer>
  );
}

/** One row: the cells that are wrong first, each beside what is wrong with it; only changed cells are sent. */
function FixForm({ row, onClose, onReplay }: FixDrawerProps & { row: QuarantineRow }) {
  const t = words.use();
  const fix = useFix();
  const cells = row.fields ?? {};
  const wrong = [...new Set(row.reasons.map((reason) => reason.field))];
  const rest = Object.keys(cells).filter((name) => !wrong.includes(name));
  const [changed, setChanged] = useState<Readonly<Record<string, string>>>({});
  const save = (replay: boolean) => {
    const done = () => {
      if (replay) onReplay(row.id);
      else toast(t("fixDone"));
      onClose();
    };
    if (Object.keys(changed).length === 0) done();
    else fix.mutate({ id: row.id, fields: changed }, { onSuccess: done, onError: toastError });
  };
  const cell = (name: string) => changed[name] ?? cells[name] ?? "";
  const set = (name: string, value: string) => setChanged((before) => ({ ...before, [name]: value }));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save(true);
      }}
    >
      <p className="soft fix-what">{t("fixWhat")}</p>
      {wrong.map((name, place) => (
        <WrongCell key={name} name={name} row={row} value={cell(name)} touched={name in changed} first={place === 0} onChange={(value) => set(name, value)} />
      ))}
      <div className="row fix-actions">
        <Button type="primary" htmlType="submit" loading={fix.isPending}>
          {t("saveReplay")}
        </Button>
        <Button onClick={() => save(false)} disabled={fix.isPending}>
          {t("save")}
        </Button>
      </div>
      {rest.length > 0 && (
        <details className="fix-rest">
          <summary>{t("otherCells", { n: rest.length })}</summary>
          {rest.map((name) => (
            <Field key={name} label={name}>
              {(id) => <Input id={id} size="small" value={cell(name)} onChange={(event) => set(name, event.target.value)} />}
            </Field>
          ))}
        </details>
      )}
    </form>
  );
}

interface WrongCellProps {
  readonly name: string;
  readonly row: QuarantineRow;
  readonly value: string;
  readonly touched: boolean;
  readonly first: boolean;
  readonly onChange: (value: string) => void;
}

function WrongCell({ name, row, value, touched, first, onChange }: WrongCellProps) {
  const t = words.use();
  const say = usePick();
  const about = row.reasons.filter((reason) => reason.field === name).map((reason) => say(reason.reason)).join(" ");
  return (
    <Field label={name || t("wholeRow")} error={touched ? null : about} help={about}>
      {(id, describedBy) => <Input id={id} aria-describedby={describedBy} autoFocus={first} value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}
