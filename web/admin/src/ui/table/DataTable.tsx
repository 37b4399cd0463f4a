import { Checkbox } from "antd";
import { Fragment, useRef } from "react";
import { Link, useNavigate } from "react-router";
import { ErrorState } from "../states";
import { uiWords } from "../words";
import { ColumnChoice, useColumns } from "./ColumnChoice";
import { Head } from "./Head";
import { Paging } from "./Paging";
import { useListKeys } from "./useListKeys";
import type { TableProps } from "./types";
import "./table.css";

/** A list of the server: sticky header, 36 px rows, j/k/Enter, cursor paging, chosen columns. */
export function DataTable<T>(props: TableProps<T>) {
  const { query, label, rowKey, href, onOpen, selection, rowActions } = props;
  const t = uiWords.use();
  const navigate = useNavigate();
  const body = useRef<HTMLTableSectionElement>(null);
  const [columns, choice] = useColumns(props.id, props.columns);
  const rows = query.data?.items;
  const open = (row: T) => {
    if (onOpen) onOpen(row);
    else if (href) void navigate(href(row));
  };
  const active = useListKeys(rows?.length ?? 0, body, (place) => rows?.[place] && open(rows[place]));
  if (query.error && !rows) return <div className="table-pad"><ErrorState error={query.error} retry={() => void query.refetch()} /></div>;
  const toggle = (key: string | number) => {
    if (!selection) return;
    const next = new Set(selection.keys);
    if (!next.delete(key)) next.add(key);
    selection.set(next);
  };
  const width = columns.length + (selection ? 1 : 0) + (rowActions ? 1 : 0);
  return (
    <div className="table-box">
      {(props.tools || choice.optional.length > 0) && (
        <div className="table-tools">
          <div className="row wrap">{props.tools}</div>
          <ColumnChoice {...choice} />
        </div>
      )}
      {selection && selection.keys.size > 0 && (
        <div className="table-selected">
          <span>{t("selected", { n: selection.keys.size })}</span>
          {selection.actions}
          <button type="button" className="link" onClick={() => selection.set(new Set())}>
            {t("clear")}
          </button>
        </div>
      )}
      <div className="table-scroll">
        <table className={query.isPlaceholderData ? "table table-stale" : "table"} aria-label={label}>
          <Head
            columns={columns}
            sort={props.sort}
            all={
              selection && {
                on: Boolean(rows?.length) && (rows ?? []).every((row) => selection.keys.has(rowKey(row))),
                toggle: (on) => selection.set(on ? new Set((rows ?? []).map(rowKey)) : new Set()),
              }
            }
            actions={Boolean(rowActions)}
          />
          <tbody ref={body}>
            {!rows && <Waiting rows={props.pageSize ?? 12} width={width} />}
            {rows?.map((row, place) => (
              <tr
                key={rowKey(row)}
                className={[place === active ? "active" : "", href || onOpen ? "opens" : ""].join(" ").trim()}
                onClick={(event) => {
                  if (event.target instanceof Element && event.target.closest("a, button, label, input")) return;
                  if (window.getSelection()?.toString() === "") open(row);
                }}
              >
                {selection && (
                  <td className="table-check">
                    <Checkbox checked={selection.keys.has(rowKey(row))} onChange={() => toggle(rowKey(row))} aria-label={t("selectRow")} />
                  </td>
                )}
                {columns.map((column, first) => (
                  <td key={column.key} className={[column.numeric ? "numeric" : "", first && !column.phone ? "wide-only" : ""].join(" ").trim()}>
                    {first === 0 && href ? <Link to={href(row)}>{column.render(row)}</Link> : first === 0 && onOpen ? (
                      <button type="button" className="table-open" onClick={() => open(row)}>{column.render(row)}</button>
                    ) : <Fragment>{column.render(row)}</Fragment>}
                  </td>
                ))}
                {rowActions && <td className="table-actions"><div>{rowActions(row)}</div></td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows?.length === 0 && props.empty}
      {!props.bare && <Paging data={query.data} />}
    </div>
  );
}

function Waiting({ rows, width }: { rows: number; width: number }) {
  return (
    <>
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row} className="table-skeleton" aria-hidden>
          {Array.from({ length: width }, (_, cell) => (
            <td key={cell} className={cell > 1 ? "wide-only" : ""}>
              <i style={{ width: `${40 + ((row * 17 + cell * 29) % 45)}%` }} />
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}
