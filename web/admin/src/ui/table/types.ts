import type { ReactNode } from "react";
import type { SavedViewsPort } from "./SavedViews";

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  /** Stands in the header, so that cells hold figures alone. */
  readonly unit?: string;
  readonly numeric?: boolean;
  readonly width?: number;
  /** Holds words that may be long: takes the room that is left, wraps on phones. */
  readonly sentence?: boolean;
  /** Sort key of the server; the header becomes a button. */
  readonly sort?: string;
  /** Sorted from the least up, as names are. */
  readonly ascending?: boolean;
  /** Shown only when chosen. */
  readonly optional?: boolean;
  /** Kept on phones. The first column always is. */
  readonly phone?: boolean;
  readonly render: (row: T) => ReactNode;
}

export interface TableProps<T> {
  /** Names the table for the choice of columns and for screen readers. */
  readonly id: string;
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rowKey: (row: T) => string | number;
  readonly query: {
    readonly data: { readonly items: readonly T[]; readonly next_cursor?: string | null; readonly total?: number | null } | undefined;
    readonly error: unknown;
    readonly refetch: () => unknown;
    readonly isPlaceholderData?: boolean;
  };
  /** Where a row leads; the first cell becomes the link. */
  readonly href?: (row: T) => string;
  readonly onOpen?: (row: T) => void;
  /** Where a row is edited, by the key e; none for rows that cannot be. */
  readonly edit?: ((row: T) => string | null) | undefined;
  /** Filters, sort and columns under a name. */
  readonly views?: SavedViewsPort | undefined;
  readonly sort?: { readonly by: string; readonly set: (by: string) => void };
  readonly empty: ReactNode;
  readonly tools?: ReactNode;
  readonly rowActions?: (row: T) => ReactNode;
  readonly selection?: { readonly keys: ReadonlySet<string | number>; readonly set: (keys: ReadonlySet<string | number>) => void; readonly actions: ReactNode };
  readonly pageSize?: number;
  /** Rows of a full page, where the server decides. */
  readonly rows?: number;
  /** A short table of its own, without paging and keys. */
  readonly bare?: boolean;
}

/** Keys with one more, or without it. */
export function toggled(keys: ReadonlySet<string | number>, key: string | number): Set<string | number> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}
