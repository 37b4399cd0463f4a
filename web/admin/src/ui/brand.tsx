import { createContext, useContext, type ReactNode } from "react";

/** What every figure on a page needs to be read rightly: whose money, which zone, which day is today. */
export interface BrandFacts {
  readonly currency: string;
  readonly zone: string;
  readonly businessOn: string;
  readonly permissions: readonly string[];
}

const Context = createContext<BrandFacts>({ currency: "CNY", zone: "Asia/Shanghai", businessOn: "", permissions: [] });

export function BrandProvider({ facts, children }: { facts: BrandFacts; children: ReactNode }) {
  return <Context.Provider value={facts}>{children}</Context.Provider>;
}

export function useBrand(): BrandFacts {
  return useContext(Context);
}

/** Whether the person logged in may do something, e.g. "segments.write". */
export function useMay(): (permission: string) => boolean {
  const { permissions } = useBrand();
  return (permission) => permissions.includes("*") || permissions.includes(permission);
}
