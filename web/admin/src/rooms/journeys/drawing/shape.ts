import type { Schema } from "@/ui";

/** A property of a kind's settings as JSON schema writes it, with what points elsewhere. */
export interface Part {
  readonly title?: string;
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly $ref?: string;
  readonly anyOf?: readonly Part[];
  readonly discriminator?: { readonly propertyName?: string };
  readonly items?: Part;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly required?: readonly string[];
}

export interface KindSchema extends Part {
  readonly $defs?: Readonly<Record<string, Part>>;
}

/** What a setting is asked for with: by what it is, never by whose it is. */
export type Shape = "segment" | "event" | "rule" | "share" | "list" | "group" | "date" | "time" | "plain";

/** A part with what it points to put in its place; one that may also be null is what it is otherwise. */
export function opened(part: Part, root: KindSchema): Part {
  const [only, ...more] = (part.anyOf ?? []).filter((one) => one.type !== "null");
  const inner = only && more.length === 0 ? only : part;
  const known = inner.$ref ? root.$defs?.[inner.$ref.replace("#/$defs/", "")] : undefined;
  const title = part.title === undefined ? {} : { title: part.title };
  return known ? { ...known, ...title } : inner === part ? part : { ...inner, ...title };
}

const FORMATS: Readonly<Record<string, Shape>> = { date: "date", time: "time" };

export function shapeOf(name: string, given: Part, root: KindSchema): Shape {
  const part = opened(given, root);
  if (part.discriminator?.propertyName === "op") return "rule";
  if (part.properties) return "event" in part.properties && "where" in part.properties ? "event" : "group";
  if (part.items && opened(part.items, root).properties) return "list";
  if (name === "segment_id") return "segment";
  if (/(^|_)bp$/.test(name)) return "share";
  return FORMATS[part.format ?? ""] ?? "plain";
}

/** Whether the settings say a message: a channel, or a template in its place. */
export const saysMessage = (root: KindSchema): boolean => Boolean(root.properties && "channel" in root.properties && "template_id" in root.properties);

export const asSchema = (root: KindSchema): Schema => root as unknown as Schema;
