import { Button } from "antd";
import type { ReactNode } from "react";
import { count } from "../format";
import { Icon } from "../icons";
import { useCursor } from "../useUrl";
import { uiWords } from "../words";
import "./paging.css";

interface PagingProps {
  readonly data: { readonly items: readonly unknown[]; readonly next_cursor?: string | null; readonly total?: number | null } | undefined;
  readonly rows?: number | undefined;
  readonly children?: ReactNode;
}

/** Lists ask for this many rows unless the server decides, so a page number says which rows are shown. */
export const PAGE_ROWS = 50;

export function Paging({ data, rows, children }: PagingProps) {
  const t = uiWords.use();
  const cursor = useCursor();
  if (!data || data.items.length === 0) return null;
  const from = (cursor.page - 1) * (rows ?? PAGE_ROWS) + 1;
  const to = from + data.items.length - 1;
  const { next_cursor: next } = data;
  // A list without a total still knows it when it all fits on one page.
  const total = data.total ?? cursor.total ?? (cursor.page === 1 && !next ? data.items.length : null);
  return (
    <nav className="paging small soft" aria-label={t("next")}>
      <span>
        {total !== null
          ? t("partOf", { from: count(from), to: count(to), total: count(total) })
          : t("pageOnly", { page: cursor.page })}
      </span>
      <span className="row">
        {children}
        {(cursor.page > 1 || next) && (
          <>
          <Button size="small" disabled={cursor.page <= 1} onClick={cursor.previous} aria-label={t("previous")} title={t("previous")}>
            <span className="flip"><Icon name="chevron" size={12} /></span>
          </Button>
          <Button size="small" disabled={!next} onClick={() => next && cursor.next(next, total)} aria-label={t("next")} title={t("next")}>
            <Icon name="chevron" size={12} />
          </Button>
          </>
        )}
      </span>
    </nav>
  );
}
