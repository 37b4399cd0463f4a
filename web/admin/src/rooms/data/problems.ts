import type { QuarantineGroup } from "@/api/types";

/** Rows that are wrong in the same way, whatever the value that stands there. */
export interface Problem {
  readonly key: string;
  readonly import_id: number;
  readonly source: string;
  readonly field: string;
  readonly code: string;
  readonly rows: number;
  readonly values: readonly QuarantineGroup[];
}

/** Put the groups of one reason together, the most rows first. */
export function problems(groups: readonly QuarantineGroup[]): Problem[] {
  const found = new Map<string, Problem>();
  for (const group of groups) {
    const key = JSON.stringify([group.import_id, group.source, group.field, group.code]);
    const before = found.get(key);
    found.set(key, {
      key,
      import_id: group.import_id,
      source: group.source,
      field: group.field,
      code: group.code,
      rows: (before?.rows ?? 0) + group.rows,
      values: [...(before?.values ?? []), group],
    });
  }
  return [...found.values()].sort((a, b) => b.rows - a.rows);
}
