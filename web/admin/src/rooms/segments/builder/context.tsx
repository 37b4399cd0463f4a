import { createContext, useContext, type Dispatch } from "react";
import type { Catalog, CatalogField, Relation } from "@/api/rule";
import type { Action } from "../rule/reducer";

interface BuilderFacts {
  readonly catalog: Catalog;
  readonly dispatch: Dispatch<Action>;
  readonly segments: readonly { readonly id: number; readonly name: string }[];
  /** The segment being edited cannot stand in its own rule. */
  readonly self: number | null;
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
