import { createContext, useContext, type Dispatch } from "react";
import type { Catalog, CatalogField, Relation } from "@/api/rule";
import type { Action } from "../rule/reducer";
import type { Group } from "../rule/tree";

interface BuilderFacts {
  readonly catalog: Catalog;
  readonly dispatch: Dispatch<Action>;
  /** The segment being edited cannot stand in its own rule. */
  readonly self: number | null;
  /** People by the rule of a condition or group alone; null: it would take long to count. Not told where nothing is counted. */
  readonly counts?: ReadonlyMap<string, number | null>;
  /** Show a group as JSON. */
  readonly asJson?: (group: Group) => void;
}

export const BuilderContext = createContext<BuilderFacts | null>(null);

export function useBuilder(): BuilderFacts {
  const facts = useContext(BuilderContext);
  if (!facts) throw new Error("useBuilder outside of the builder");
  return facts;
}

export function useRelation(key: string): Relation | undefined {
  return useBuilder().catalog.relations.find((relation) => relation.key === key);
}

export function useField(key: string): CatalogField | undefined {
  for (const relation of useBuilder().catalog.relations) {
    const field = relation.fields.find((item) => item.key === key);
    if (field) return field;
  }
  return undefined;
}
