import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";

const narrow = window.matchMedia("(max-width: 720px)");

type Change = Readonly<Record<string, string | number | null | undefined>>;

/** Filters that live in the URL. Any change starts again at the first page. */
export function useFilters(): [URLSearchParams, (change: Change) => void] {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (wanted: Change) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          ["cursor", "page"].forEach((key) => next.delete(key));
          for (const [key, value] of Object.entries(wanted)) {
            if (value === null || value === undefined || value === "") next.delete(key);
            else next.set(key, String(value));
          }
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );
  return [params, change];
}

/** A word of the address that is one of these, else nothing. */
export const among = <T extends string>(all: readonly T[], word: string | null): T | undefined => all.find((one) => one === word);

export interface Cursor {
  readonly cursor: string | undefined;
  readonly page: number;
  /** How many rows the whole list has, as far as an earlier page said. */
  readonly total: number | null;
  next: (cursor: string, total: number | null) => void;
  previous: () => void;
}

/** Where in a list we stand: the server's cursor and the page number, both in the URL. */
export function useCursor(): Cursor {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const page = Number(params.get("page") ?? 1);
  const came = location.state as { paged?: boolean; total?: number | null } | null;
  return {
    cursor: params.get("cursor") ?? undefined,
    page,
    total: came?.total ?? null,
    next: (cursor, total) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          next.set("cursor", cursor);
          next.set("page", String(page + 1));
          return next;
        },
        { state: { paged: true, total } },
      ),
    previous: () => {
      if (came?.paged) void navigate(-1);
      else
        setParams((before) => {
          const next = new URLSearchParams(before);
          ["cursor", "page"].forEach((key) => next.delete(key));
          return next;
        });
    },
  };
}

/** Whether the page is as narrow as a phone. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (tell) => {
      narrow.addEventListener("change", tell);
      return () => narrow.removeEventListener("change", tell);
    },
    () => narrow.matches,
  );
}

/** A value that follows another after it has rested for a while. */
export function useRested<T>(value: T, wait: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(value), wait);
    return () => window.clearTimeout(timer);
  }, [value, wait]);
  return rested;
}

/** Text of a search box that reaches the URL once typing rests. */
export function useSearchText(key = "q"): [string, (text: string) => void] {
  const [params, change] = useFilters();
  const inUrl = params.get(key) ?? "";
  const [text, setText] = useState(inUrl);
  const rested = useRested(text, 250);
  const sent = useRef(inUrl);
  useEffect(() => {
    if (rested !== sent.current) {
      sent.current = rested;
      change({ [key]: rested });
    }
  }, [rested, key, change]);
  return [text, setText];
}
