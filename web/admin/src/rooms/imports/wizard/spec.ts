/** The mapping of a file as data, and how the page changes it. The server's own checks decide whether it does. */

export interface Source {
  readonly from?: string;
  readonly const?: string | number | boolean;
  readonly expr?: string;
  readonly format?: string | readonly string[];
}

export interface Identifier extends Source {
  readonly ns: string;
  readonly scope?: string;
}

export interface Consent {
  readonly channel: string;
  readonly purpose?: string;
  readonly state?: string;
  readonly basis: string;
}

export interface Spec {
  readonly target: string;
  readonly columns: Readonly<Record<string, Source>>;
  readonly props?: Readonly<Record<string, Source>>;
  readonly identifiers?: readonly Identifier[];
  readonly consents?: readonly Consent[];
  readonly document?: readonly string[];
  readonly [other: string]: unknown;
}

export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly shape: string;
}

/** What a column can be: "field:quantity", "id:phone", "prop:colour". */
export type Use = `${"field" | "id" | "prop"}:${string}`;

const plainly = (source: Source, column: string) => source.from === column;

/** What a column of the file fills now. */
export function usesOf(spec: Spec, column: string): Use[] {
  const fields = Object.entries(spec.columns).filter(([, source]) => plainly(source, column));
  const ids = (spec.identifiers ?? []).filter((one) => plainly(one, column));
  const props = Object.entries(spec.props ?? {}).filter(([, source]) => plainly(source, column));
  return [...fields.map(([name]): Use => `field:${name}`), ...ids.map((one): Use => `id:${one.ns}`), ...props.map(([name]): Use => `prop:${name}`)];
}

const named = (uses: readonly Use[], kind: string) => uses.filter((use) => use.startsWith(`${kind}:`)).map((use) => use.slice(kind.length + 1));

/** Let a column fill these and nothing else; whatever filled them before does no more. scopes: of the identifiers. */
export function withUses(spec: Spec, column: string, uses: readonly Use[], scopes: Readonly<Record<string, string>>): Spec {
  const fields = new Set(named(uses, "field"));
  const ids = new Set(named(uses, "id"));
  const props = new Set(named(uses, "prop"));
  const columns = Object.fromEntries(Object.entries(spec.columns).filter(([name, source]) => !plainly(source, column) || fields.has(name)));
  for (const name of fields) if (!(name in columns && plainly(columns[name] as Source, column))) columns[name] = { from: column };
  const identifiers = (spec.identifiers ?? []).filter((one) => (plainly(one, column) ? ids.has(one.ns) : !ids.has(one.ns)));
  for (const ns of ids) if (!identifiers.some((one) => one.ns === ns)) identifiers.push({ ns, scope: scopes[ns] ?? "workspace", from: column });
  const kept = Object.fromEntries(Object.entries(spec.props ?? {}).filter(([name, source]) => !plainly(source, column) || props.has(name)));
  for (const name of props) kept[name] ??= { from: column };
  return { ...spec, columns: columns as Spec["columns"], identifiers, props: kept };
}

/** Make the file something else: fields that are unknown there go. */
export function withTarget(spec: Spec, target: string, fields: readonly Field[]): Spec {
  const known = new Set(fields.map((field) => field.name));
  const columns = Object.fromEntries(Object.entries(spec.columns).filter(([name]) => known.has(name)));
  return { ...spec, target, columns, ...(target === "order_lines" ? { props: {} } : {}) };
}

/** Fill a field by a value of its own, or leave it. */
export function withField(spec: Spec, name: string, source: Source | null): Spec {
  const others = Object.fromEntries(Object.entries(spec.columns).filter(([other]) => other !== name));
  return { ...spec, columns: source ? { ...others, [name]: source } : others };
}

/** Required fields that nothing fills yet. */
export function missingFields(spec: Spec, fields: readonly Field[]): string[] {
  const filled = (name: string) => name in spec.columns || (name === "document_id" && (spec.document?.length ?? 0) > 0);
  return fields.filter((field) => field.required && !filled(field.name)).map((field) => field.name);
}

/** Columns that a draft names although the file has no such column: nothing to keep. */
export function withoutUnknown(spec: Spec, known: ReadonlySet<string>): Spec {
  const there = (source: Source) => source.from === undefined || known.has(source.from);
  return {
    ...spec,
    columns: Object.fromEntries(Object.entries(spec.columns).filter(([, source]) => there(source))),
    identifiers: (spec.identifiers ?? []).filter(there),
    props: Object.fromEntries(Object.entries(spec.props ?? {}).filter(([, source]) => there(source))),
  };
}

const NEGATIVE = /^if\(col\('(?:[^'\\]|\\.)*'\) < 0, 'refund', 'sale'\)$/;

export type KindRule = "sale" | "negative" | "column" | "own";

/** How refunds are told from sales. */
export function kindRule(spec: Spec): KindRule {
  const source = spec.columns["kind"];
  if (!source) return "sale";
  if (source.from !== undefined) return "column";
  return source.expr && NEGATIVE.test(source.expr) ? "negative" : "own";
}

/** Let a negative quantity mean a refund. */
export function negativeIsRefund(spec: Spec): Source | null {
  const column = spec.columns["quantity"]?.from;
  if (!column) return null;
  const quoted = column.replace(/\\/g, "\\\\").replace(/'/g, "\\'");
  return { expr: `if(col('${quoted}') < 0, 'refund', 'sale')` };
}
