import { Checkbox } from "antd";
import { Icon } from "../icons";
import { uiWords } from "../words";
import type { Column, TableProps } from "./types";

interface HeadProps<T> {
  readonly columns: readonly Column<T>[];
  readonly sort: TableProps<T>["sort"];
  readonly all: { readonly on: boolean; readonly toggle: (on: boolean) => void } | undefined;
  readonly actions: boolean;
}

export function Head<T>({ columns, sort, all, actions }: HeadProps<T>) {
  const t = uiWords.use();
  return (
    <thead>
      <tr>
        {all && (
          <th className="table-check">
            <Checkbox checked={all.on} onChange={(event) => all.toggle(event.target.checked)} aria-label={t("selectAll")} />
          </th>
        )}
        {columns.map((column, place) => {
          const sorted = sort && column.sort === sort.by;
          const name = (
            <>
              {column.title}
              {column.unit && <small> {column.unit}</small>}
            </>
          );
          return (
            <th
              key={column.key}
              scope="col"
              style={column.width ? { width: column.width } : undefined}
              className={[column.numeric ? "numeric" : "", place && !column.phone ? "wide-only" : ""].join(" ").trim()}
              aria-sort={sorted ? "descending" : undefined}
            >
              {sort && column.sort ? (
                <button
                  type="button"
                  className={sorted ? "sorted" : ""}
                  onClick={() => sort.set(column.sort ?? "")}
                  title={t("sortBy", { name: column.title })}
                >
                  {name}
                  <Icon name="down" size={12} />
                </button>
              ) : (
                name
              )}
            </th>
          );
        })}
        {actions && <th aria-hidden />}
      </tr>
    </thead>
  );
}
