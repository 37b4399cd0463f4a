import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";
import type { Catalog, Rule } from "@/api/rule";

type Json = Record<string, unknown>;
/** The server leaves rules open in its description; ours is the same tree, typed by hand. */
const asBody = (rule: Rule) => rule as unknown as Json;

export function useCatalog() {
  return useQuery({ queryKey: ["catalog"], queryFn: () => ask(api.GET("/api/rules/catalog")) as unknown as Promise<Catalog>, staleTime: Infinity });
}

/** Count under a key. Closing the connection does not end a count in the lake, so it is cancelled by its key. */
async function counted<T>(signal: AbortSignal, count: (key: string) => Promise<T>): Promise<T> {
  // Also pages without TLS have getRandomValues, unlike randomUUID.
  const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const cancel = () => void api.POST("/api/segments/preview/{key}/cancel", { params: { path: { key } }, keepalive: true }).catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  globalThis.addEventListener?.("pagehide", cancel, { once: true });
  try {
    return await count(key);
  } finally {
    signal.removeEventListener("abort", cancel);
    globalThis.removeEventListener?.("pagehide", cancel);
  }
}

/** Count a rule's people once. */
export function countOnce(rule: Rule, exact: boolean, signal: AbortSignal) {
  return counted(signal, (key) => ask(api.POST("/api/segments/preview", { body: { rule: asBody(rule), exact, key }, signal })));
}

const AT_ONCE = 100;

/** People by rule, each alone, in one question; null: it would take long. Asked when the whole is counted: its parts are then at hand. */
export function useBranches(rules: readonly string[], ready: boolean): ReadonlyMap<string, number | null> {
  const asked = rules.slice(0, AT_ONCE);
  const found = useQuery({
    queryKey: ["branches", asked],
    queryFn: async ({ signal }) => {
      const body = asked.map((rule) => JSON.parse(rule) as Json);
      const { people } = await counted(signal, (key) => ask(api.POST("/api/segments/preview/each", { body: { rules: body, key }, signal })));
      return new Map(asked.map((rule, place) => [rule, people[place] ?? null] as const));
    },
    enabled: ready && asked.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  return found.data ?? NONE;
}

const NONE: ReadonlyMap<string, number | null> = new Map();

/** Let the server read a rule that somebody wrote: it says what is wrong, and where. */
export function useChecked() {
  return useMutation({ mutationFn: (rule: Rule) => ask(api.POST("/api/segments/preview/each", { body: { rules: [asBody(rule)], key: "" } })) });
}

/** Count the people of a rule: an estimate where the exact count takes long, and that one when it is asked for. */
export function usePreview(rule: Rule) {
  const client = useQueryClient();
  const written = JSON.stringify(rule);
  const [wanted, setWanted] = useState<string | null>(null);
  const count = (exact: boolean) => ({
    queryKey: ["preview", exact, written],
    queryFn: ({ signal }: { signal: AbortSignal }) => countOnce(rule, exact, signal),
    staleTime: 60_000,
  });
  const first = useQuery({ ...count(false), placeholderData: keepPreviousData });
  const exact = useQuery({ ...count(true), enabled: wanted === written });
  const settled = wanted === written && exact.data;
  return {
    data: settled ? exact.data : first.data,
    error: first.error ?? (wanted === written ? exact.error : null),
    isFetching: first.isFetching,
    isCounting: exact.isFetching,
    refetch: () => (wanted === written ? exact.refetch() : first.refetch()),
    countExactly: () => setWanted(written),
    stop: () => {
      setWanted(null);
      void client.cancelQueries({ queryKey: count(true).queryKey });
    },
  };
}

export function useSegment(id: number | null) {
  return useQuery({
    queryKey: ["segment", id],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}", { params: { path: { segment_id: id ?? 0 } } })),
    enabled: id !== null,
  });
}

export interface SegmentDraft {
  readonly name: string;
  readonly kind: "dynamic" | "static";
  readonly description: string;
  readonly rule: Rule;
}

export function useSaveSegment(id: number | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ rule, ...draft }: SegmentDraft) => {
      const body = { ...draft, rule: asBody(rule) };
      return id === null
        ? ask(api.POST("/api/segments", { body }))
        : ask(api.PUT("/api/segments/{segment_id}", { params: { path: { segment_id: id } }, body: { name: draft.name, description: draft.description, rule: body.rule } }));
    },
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useRefreshSegment(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST("/api/segments/{segment_id}/refresh", { params: { path: { segment_id: id } } })),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useRefreshSegments() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (ids: readonly number[]) => {
      for (const id of ids) await ask(api.POST("/api/segments/{segment_id}/refresh", { params: { path: { segment_id: id } } }));
    },
    onSettled: () => client.invalidateQueries(),
  });
}

export function useDeleteSegment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.DELETE("/api/segments/{segment_id}", { params: { path: { segment_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["segments"] }),
  });
}

export function useRestoreSegment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.POST("/api/segments/{segment_id}/restore", { params: { path: { segment_id: id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["segments"] }),
  });
}

export function useMembers(id: number, cursor: string | undefined) {
  return useQuery({
    queryKey: ["segment", id, "members", cursor],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}/members", { params: { path: { segment_id: id }, query: { cursor, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
}

export function useDiffs(id: number, cursor: string | undefined) {
  return useQuery({
    queryKey: ["segment", id, "diffs", cursor],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}/diffs", { params: { path: { segment_id: id }, query: { cursor } } })),
    placeholderData: keepPreviousData,
  });
}
