import { NavLink, useSearchParams } from "react-router";
import { count } from "./format";
import "./tabs.css";

interface Tab {
  readonly key: string;
  readonly title: string;
  readonly count?: number | null | undefined;
}

/** Tabs that live in the URL as ?tab=; the first is the page itself. */
export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  const [params] = useSearchParams();
  const now = useTab(tabs.map((tab) => tab.key));
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab, place) => {
        const next = new URLSearchParams(params);
        ["cursor", "page"].forEach((key) => next.delete(key));
        if (place === 0) next.delete("tab");
        else next.set("tab", tab.key);
        const on = tab.key === now;
        return (
          <NavLink key={tab.key} to={{ search: next.toString() }} className={on ? "tab on" : "tab"} aria-current={on ? "page" : undefined} replace>
            {tab.title}
            {tab.count !== null && tab.count !== undefined && <small>{count(tab.count)}</small>}
          </NavLink>
        );
      })}
    </nav>
  );
}

export function useTab(keys: readonly string[]): string {
  const [params] = useSearchParams();
  const wanted = params.get("tab");
  return wanted && keys.includes(wanted) ? wanted : (keys[0] ?? "");
}
