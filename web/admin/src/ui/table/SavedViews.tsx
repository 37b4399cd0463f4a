import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { Link, useLocation } from "react-router";
import { Icon } from "../icons";
import { uiWords } from "../words";
import { addressOf, viewOf } from "./savedView";
import "./views.css";

interface View {
  readonly id: number;
  readonly name: string;
  readonly search: string;
  readonly columns: readonly string[];
}

/** Where views are kept; the room behind it is not the table's matter. */
export interface SavedViewsPort {
  readonly items: readonly View[];
  readonly save: (view: Omit<View, "id">) => void;
  readonly remove: (view: View) => void;
}

/** The views of a list: one click away, saved under a name, removed with a way back. */
export function SavedViews({ port, columns }: { port: SavedViewsPort; columns: readonly string[] }) {
  const t = uiWords.use();
  const { search } = useLocation();
  const [open, setOpen] = useState(false);
  const shown = viewOf(search);
  const current = port.items.find((view) => viewOf(view.search) === shown && new URLSearchParams(search).has("cols"));
  return (
    <Popover trigger="click" placement="bottomRight" open={open} onOpenChange={setOpen} content={<Choice port={port} shown={shown} columns={columns} current={current?.id} onClose={() => setOpen(false)} />}>
      <Button size="small" type="text" icon={<Icon name="eye" size={14} />}>
        {current?.name ?? t("views")}
      </Button>
    </Popover>
  );
}

interface ChoiceProps {
  readonly port: SavedViewsPort;
  readonly shown: string;
  readonly columns: readonly string[];
  readonly current: number | undefined;
  readonly onClose: () => void;
}

function Choice({ port, shown, columns, current, onClose }: ChoiceProps) {
  const t = uiWords.use();
  const [name, setName] = useState("");
  const save = () => {
    if (!name.trim()) return;
    port.save({ name: name.trim(), search: shown, columns });
    setName("");
    onClose();
  };
  return (
    <div className="views">
      {port.items.length > 0 && (
        <ul>
          {port.items.map((view) => (
            <li key={view.id}>
              <Link to={{ search: addressOf(view) }} onClick={onClose} aria-current={view.id === current ? "true" : undefined}>
                {view.name}
              </Link>
              <button type="button" aria-label={t("viewRemove", { name: view.name })} title={t("viewRemove", { name: view.name })} onClick={() => port.remove(view)}>
                <Icon name="trash" size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
      <p className="small soft">{t("viewsWhat")}</p>
      <div className="row">
        <Input size="small" maxLength={60} value={name} aria-label={t("viewName")} placeholder={t("viewName")} onChange={(event) => setName(event.target.value)} onPressEnter={save} />
        <Button size="small" disabled={!name.trim()} onClick={save}>
          {t("viewSave")}
        </Button>
      </div>
    </div>
  );
}
