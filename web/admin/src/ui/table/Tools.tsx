import type { ReactNode } from "react";
import { uiWords } from "../words";
import { ColumnChoice, type Choice } from "./ColumnChoice";
import { SavedViews, type SavedViewsPort } from "./SavedViews";
import type { TableProps } from "./types";

/** Search and filters at the left, the choice of columns at the right; without filters it stands below. */
export function Tools({ choice, views, children }: { choice: Choice; views: SavedViewsPort | undefined; children: ReactNode }) {
  if (!children && !views) return null;
  return (
    <div className="table-tools">
      <div className="row wrap">{children}</div>
      <div className="row">
        {views && <SavedViews port={views} columns={choice.chosen} />}
        <ColumnChoice {...choice} />
      </div>
    </div>
  );
}

/** How many rows are chosen, and what can be done with them. */
export function Selected<T>({ selection }: { selection: TableProps<T>["selection"] }) {
  const t = uiWords.use();
  if (!selection || selection.keys.size === 0) return null;
  return (
    <div className="table-selected">
      <span>{t("selected", { n: selection.keys.size })}</span>
      {selection.actions}
      <button type="button" className="link" onClick={() => selection.set(new Set())}>
        {t("clear")}
      </button>
    </div>
  );
}
