import type { RefObject } from "react";
import { Row } from "./Row";
import type { Column, TableProps } from "./types";

interface BodyProps<T> {
  readonly columns: readonly Column<T>[];
  readonly table: TableProps<T>;
  readonly active: number;
  readonly open: (row: T) => void;
  readonly body: RefObject<HTMLTableSectionElement | null>;
}

export function Body<T>({ columns, table, active, open, body }: BodyProps<T>) {
  const rows = table.query.data?.items;
  const width = columns.length + (table.selection ? 1 : 0) + (table.rowActions ? 1 : 0);
  return (
    <tbody ref={body}>
      {!rows && <Waiting rows={table.pageSize ?? 12} width={width} />}
      {rows?.map((row, place) => (
        <Row key={table.rowKey(row)} row={row} columns={columns} active={place === active} table={table} open={open} />
      ))}
    </tbody>
  );
}

/** As many rows of the same height as are likely to come, so that nothing jumps. */
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
