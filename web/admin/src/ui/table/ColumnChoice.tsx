import { Button, Checkbox, Popover } from "antd";
import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { Icon } from "../icons";
import { uiWords } from "../words";
import type { Column } from "./types";

export interface Choice {
  readonly optional: readonly { readonly key: string; readonly title: string }[];
  readonly chosen: readonly string[];
  readonly set: (keys: string[]) => void;
}

const KEY = (id: string) => `regulars.columns.${id}`;

function stored(id: string): string[] {
  try {
    const value: unknown = JSON.parse(window.localStorage.getItem(KEY(id)) ?? "[]");
    return Array.isArray(value) ? value.map(String) : [];
  } catch {
    return [];
  }
}

/** Columns in the address, as a view that somebody sent names them; null: none are named. */
export const COLUMNS = "cols";

/** Seven columns or fewer by default; the rest by choice, remembered per table, unless the address names them. */
export function useColumns<T>(id: string, columns: readonly Column<T>[]): [readonly Column<T>[], Choice] {
  const [own, setOwn] = useState<string[]>(() => stored(id));
  const [params, setParams] = useSearchParams();
  const named = params.get(COLUMNS);
  const chosen = useMemo(() => (named === null ? own : named.split(",").filter(Boolean)), [named, own]);
  const shown = useMemo(() => columns.filter((column) => !column.optional || chosen.includes(column.key)), [columns, chosen]);
  const set = (keys: string[]) => {
    window.localStorage.setItem(KEY(id), JSON.stringify(keys));
    setOwn(keys);
    if (named !== null)
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          next.delete(COLUMNS);
          return next;
        },
        { replace: true },
      );
  };
  return [
    shown,
    { optional: columns.filter((column) => column.optional), chosen, set },
  ];
}

export function ColumnChoice({ optional, chosen, set }: Choice) {
  const t = uiWords.use();
  if (optional.length === 0) return null;
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      content={
        <Checkbox.Group
          className="column-choice"
          value={[...chosen]}
          onChange={(keys) => set(keys.map(String))}
          options={optional.map((column) => ({ value: column.key, label: column.title }))}
        />
      }
    >
      <Button type="text" size="small" className="wide-only" icon={<Icon name="columns" size={14} />} aria-label={t("columns")} title={t("columns")} />
    </Popover>
  );
}
