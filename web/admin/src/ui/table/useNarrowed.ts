import { useChosen } from "./useChosen";

type Listed<Row> = { items: Row[]; total: number | null };

/** A list that is here whole, narrowed by what fits (null: everything), and the rows chosen in it. ids: of a narrowed list, for its file. */
export function useNarrowed<Row extends { id: number }, Data extends Listed<Row>>(data: Data | undefined, fits: ((row: Row) => boolean) | null) {
  const rows = data ? (fits ? data.items.filter(fits) : data.items) : [];
  const chosen = useChosen(rows.map((row) => row.id));
  return {
    rows,
    chosen,
    data: data && { ...data, items: rows, total: fits ? rows.length : data.total },
    ids: fits ? rows.map((row) => row.id) : [],
  };
}
