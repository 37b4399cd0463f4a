export interface Changed {
  readonly field: string;
  readonly before: string;
  readonly after: string;
  readonly changed: boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  if (value === undefined || value === null) return "–";
  if (Array.isArray(value)) return value.map(shown).join(", ") || "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The name that a record tells of itself. */
export function nameIn(value: unknown): string | undefined {
  return isRecord(value) && typeof value["name"] === "string" && value["name"] ? value["name"] : undefined;
}

/** Fields before and after, changed ones first; a value that is no record is one field. */
export function changes(before: unknown, after: unknown): Changed[] {
  const wrap = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : value === null || value === undefined ? {} : { value });
  const [old, now] = [wrap(before), wrap(after)];
  const rows = [...new Set([...Object.keys(old), ...Object.keys(now)])].map((field) => {
    const [was, is] = [shown(old[field]), shown(now[field])];
    return { field, before: was, after: is, changed: was !== is };
  });
  return rows.sort((a, b) => Number(b.changed) - Number(a.changed));
}
