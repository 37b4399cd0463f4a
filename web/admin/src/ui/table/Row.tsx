import { Checkbox } from "antd";
import { memo, type MouseEvent } from "react";
import { Link } from "react-router";
import { uiWords } from "../words";
import { toggled, type Column, type TableProps } from "./types";

interface RowProps<T> {
  readonly row: T;
  readonly columns: readonly Column<T>[];
  readonly active: boolean;
  readonly table: TableProps<T>;
  readonly open: (row: T) => void;
}

/** One row: the first cell is the link, a click anywhere else opens it too. */
export const Row = memo(DrawnRow) as typeof DrawnRow;

function DrawnRow<T>({ row, columns, active, table, open }: RowProps<T>) {
  const t = uiWords.use();
  const { href, onOpen, selection, rowActions } = table;
  const key = table.rowKey(row);
  const opens = Boolean(href ?? onOpen);
  const clicked = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest("a, button, label, input")) return;
    if (opens && window.getSelection()?.toString() === "") open(row);
  };
  const toggle = () => selection?.set(toggled(selection.keys, key));
  return (
    <tr className={[active ? "active" : "", opens ? "opens" : ""].join(" ").trim()} onClick={clicked}>
      {selection && (
        <td className="table-check">
          <Checkbox checked={selection.keys.has(key)} onChange={toggle} aria-label={t("selectRow")} />
        </td>
      )}
      {columns.map((column, place) => (
        <td key={column.key} className={[column.numeric ? "numeric" : "", column.sentence ? "sentence" : "", place && !column.phone ? "wide-only" : ""].join(" ").trim()}>
          {place === 0 && opens ? <First href={href?.(row)} open={() => open(row)}>{column.render(row)}</First> : column.render(row)}
        </td>
      ))}
      {rowActions && (
        <td className="table-actions">
          <div>{rowActions(row)}</div>
        </td>
      )}
    </tr>
  );
}

function First({ href, open, children }: { href: string | undefined; open: () => void; children: React.ReactNode }) {
  if (href) return <Link to={href}>{children}</Link>;
  return (
    <button type="button" className="table-open" onClick={open}>
      {children}
    </button>
  );
}
