import { createContext, useContext, type ReactNode } from "react";

/** What every figure on a page needs to be read rightly: whose money, which zone, which day is today. */
export interface BrandFacts {
  readonly currency: string;
  readonly zone: string;
  readonly businessOn: string;
  readonly permissions: readonly string[];
  /** What the server opens to whoever looks, such as "GET /api/audit". */
  readonly routes: readonly string[];
}

const Context = createContext<BrandFacts>({ currency: "CNY", zone: "Asia/Shanghai", businessOn: "", permissions: [], routes: [] });

export function BrandProvider({ facts, children }: { facts: BrandFacts; children: ReactNode }) {
  return <Context.Provider value={facts}>{children}</Context.Provider>;
}

export function useBrand(): BrandFacts {
  return useContext(Context);
}

/** Whether the person logged in may do something, e.g. "segments.write"; or is let in by a route, e.g. "GET /api/audit". */
export function useMay(): (what: string) => boolean {
  const { permissions, routes } = useBrand();
  return (what) => (what.includes(" /") ? routes.includes(what) : permissions.includes("*") || permissions.includes(what));
}
