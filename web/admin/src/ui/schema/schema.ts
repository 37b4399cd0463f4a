/** The part of JSON schema that a kind's settings are described in. */
export interface Property {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  /** "password", "money" (minor units), and what JSON schema knows. */
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly (string | number)[];
  readonly items?: Property;
  /** Of an object whose names are free: what its values are. */
  readonly additionalProperties?: Property | boolean;
  readonly maxProperties?: number;
  readonly anyOf?: readonly Property[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Stands inside the field. */
  readonly unit?: string;
}

export interface Schema {
  readonly properties?: Readonly<Record<string, Property>>;
  readonly required?: readonly string[];
}

export type Values = Readonly<Record<string, unknown>>;
export type Control = "text" | "password" | "number" | "integer" | "money" | "boolean" | "choice" | "list" | "pairs";

/** A field that may also be null is asked for as what it is otherwise. */
export function plain(property: Property): Property {
  const [only, ...more] = (property.anyOf ?? []).filter((one) => one.type !== "null");
  return only && more.length === 0 ? { ...property, ...only } : property;
}

export function controlOf(given: Property): Control {
  const property = plain(given);
  if (property.enum) return "choice";
  if (property.type === "boolean") return "boolean";
  if (property.type === "array") return "list";
  if (property.type === "object") return "pairs";
  if (property.format === "money") return "money";
  if (property.type === "integer") return "integer";
  if (property.type === "number") return "number";
  return property.format === "password" ? "password" : "text";
}

export const empty = (value: unknown): boolean => value === undefined || value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);

export type Fault = readonly ["required"] | readonly ["whole"] | readonly ["least" | "most" | "above" | "below" | "short" | "long" | "few" | "many", number] | readonly ["pattern"];

/** What is wrong with a value, null when nothing is; an empty one is wrong only where one is required. */
export function faultOf(given: Property, value: unknown, required: boolean): Fault | null {
  const property = plain(given);
  if (empty(value)) return required ? ["required"] : null;
  if (typeof value === "number") return numberFault(property, value);
  if (typeof value === "string") return textFault(property, value);
  if (Array.isArray(value)) {
    if (property.minItems !== undefined && value.length < property.minItems) return ["few", property.minItems];
    if (property.maxItems !== undefined && value.length > property.maxItems) return ["many", property.maxItems];
  } else if (property.maxProperties !== undefined && typeof value === "object" && value !== null && Object.keys(value).length > property.maxProperties) return ["many", property.maxProperties];
  return null;
}

function numberFault(property: Property, value: number): Fault | null {
  if (property.type === "integer" && !Number.isInteger(value)) return ["whole"];
  if (property.minimum !== undefined && value < property.minimum) return ["least", property.minimum];
  if (property.exclusiveMinimum !== undefined && value <= property.exclusiveMinimum) return ["above", property.exclusiveMinimum];
  if (property.maximum !== undefined && value > property.maximum) return ["most", property.maximum];
  if (property.exclusiveMaximum !== undefined && value >= property.exclusiveMaximum) return ["below", property.exclusiveMaximum];
  return null;
}

function textFault(property: Property, value: string): Fault | null {
  if (property.minLength !== undefined && value.length < property.minLength) return ["short", property.minLength];
  if (property.maxLength !== undefined && value.length > property.maxLength) return ["long", property.maxLength];
  return property.pattern && !new RegExp(property.pattern, "u").test(value) ? ["pattern"] : null;
}

/** The values to send: what was left empty falls back to its default. */
export function filled(schema: Schema, values: Values): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => !empty(value) && (!schema.properties || key in schema.properties)));
}

/** Whether every field can be sent as it is. */
export function sound(schema: Schema, values: Values): boolean {
  return Object.entries(schema.properties ?? {}).every(([key, property]) => faultOf(property, values[key], schema.required?.includes(key) ?? false) === null);
}
