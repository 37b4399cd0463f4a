import { COLUMNS } from "./ColumnChoice";

/** What stands in an address beside the view itself: where in the list, which tab, which drawer. */
const BESIDE = ["cursor", "page", "tab", "tasks", COLUMNS];

/** Filters and sort of an address, in an order of their own, so that equal views have equal words. */
export function viewOf(search: string): string {
  const params = new URLSearchParams(search);
  BESIDE.forEach((key) => params.delete(key));
  params.sort();
  return params.toString();
}

/** The address of a view; its columns are named, so that a colleague sees the same. */
export function addressOf(view: { readonly search: string; readonly columns: readonly string[] }): string {
  const params = new URLSearchParams(view.search);
  params.set(COLUMNS, view.columns.join(","));
  return params.toString();
}
