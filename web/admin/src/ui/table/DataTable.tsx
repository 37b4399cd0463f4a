import { useCallback, useRef } from "react";
import { useNavigate } from "react-router";
import { ErrorState } from "../states";
import { Body } from "./Body";
import { ColumnChoice, useColumns } from "./ColumnChoice";
import { Head } from "./Head";
import { Paging } from "./Paging";
import { Selected, Tools } from "./Tools";
import { useListKeys } from "./useListKeys";
import { toggled, type TableProps } from "./types";
import "./table.css";

/** A list of the server: sticky header, 36 px rows, j/k/Enter, cursor paging, chosen columns. */
export function DataTable<T>(props: TableProps<T>) {
  const { query, selection, bare } = props;
  const navigate = useNavigate();
  const body = useRef<HTMLTableSectionElement>(null);
  const [columns, choice] = useColumns(props.id, props.columns);
  const rows = query.data?.items;
  const count = rows?.length ?? 0;
  // The same function as long as the list is the same, so that walking it draws two rows anew and not all.
  const open = useCallback(
    (row: T) => {
      if (props.onOpen) props.onOpen(row);
      else if (props.href) void navigate(props.href(row));
    },
    [props, navigate],
  );
  const at = (act: (row: T) => void) => (place: number) => rows?.slice(place, place + 1).forEach(act);
  const edit = (row: T) => {
    const to = props.edit?.(row);
    if (to) void navigate(to);
  };
  const select = (row: T) => selection?.set(toggled(selection.keys, props.rowKey(row)));
  const active = useListKeys(bare ? 0 : count, body, { open: at(open), edit: at(edit), select: at(select) });
  if (query.error && !rows)
    return (
      <div className="table-pad">
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      </div>
    );
  return (
    <div className="table-box">
      <Tools choice={choice} views={props.views}>
        {props.tools}
      </Tools>
      <Selected selection={selection} />
      <table className={!rows ? "table table-waiting" : query.isPlaceholderData ? "table table-stale" : "table"} aria-label={props.label}>
        <Head columns={columns} table={props} />
        <Body columns={columns} table={props} active={active} open={open} body={body} />
      </table>
      {rows?.length === 0 && props.empty}
      {!bare && <Paging data={query.data} rows={props.rows}>{props.tools || props.views ? null : <ColumnChoice {...choice} />}</Paging>}
    </div>
  );
}
