import { Checkbox } from "antd";
import { Icon } from "../icons";
import { uiWords } from "../words";
import type { Column, TableProps } from "./types";

interface HeadProps<T> {
  readonly columns: readonly Column<T>[];
  readonly table: TableProps<T>;
}

export function Head<T>({ columns, table }: HeadProps<T>) {
  const t = uiWords.use();
  const { sort, selection, rowActions } = table;
  const keys = (table.query.data?.items ?? []).map(table.rowKey);
  return (
    <thead>
      <tr>
        {selection && (
          <th className="table-check">
            <Checkbox
              checked={keys.length > 0 && keys.every((key) => selection.keys.has(key))}
              onChange={(event) => selection.set(event.target.checked ? new Set(keys) : new Set())}
              aria-label={t("selectAll")}
            />
          </th>
        )}
        {columns.map((column, place) => (
          <HeadCell key={column.key} column={column} first={place === 0} sort={sort} />
        ))}
        {rowActions && <td className="table-head-rest" />}
      </tr>
    </thead>
  );
}

function HeadCell<T>({ column, first, sort }: { column: Column<T>; first: boolean; sort: TableProps<T>["sort"] }) {
  const t = uiWords.use();
  const sorted = sort !== undefined && column.sort === sort.by;
  const classes = [column.numeric ? "numeric" : "", first || column.phone ? "" : "wide-only"].join(" ").trim();
  const name = (
    <span>
      {column.title}
      {column.unit && <small> {column.unit}</small>}
    </span>
  );
  return (
    <th scope="col" style={column.width ? { width: column.width } : undefined} className={classes} aria-sort={sorted ? (column.ascending ? "ascending" : "descending") : undefined}>
      {sort && column.sort ? (
        <button type="button" className={sorted ? "sorted" : ""} onClick={() => sort.set(column.sort ?? "")} title={t("sortBy", { name: column.title })}>
          {name}
          <Icon name={column.ascending ? "up" : "down"} size={12} />
        </button>
      ) : (
        name
      )}
    </th>
  );
}
