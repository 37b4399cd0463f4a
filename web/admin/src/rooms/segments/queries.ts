import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";
import type { Catalog, Rule } from "@/api/rule";

type Json = Record<string, unknown>;
/** The server leaves rules open in its description; ours is the same tree, typed by hand. */
const asBody = (rule: Rule) => rule as unknown as Json;

export function useCatalog() {
  return useQuery({ queryKey: ["catalog"], queryFn: () => ask(api.GET("/api/rules/catalog")) as unknown as Promise<Catalog>, staleTime: Infinity });
}

/** Count the people of a rule: an estimate at once where that is all that is quick, then the exact count. */
export function usePreview(rule: Rule) {
  const count = (exact: boolean) => ({
    queryKey: ["preview", exact, JSON.stringify(rule)],
    queryFn: ({ signal }: { signal: AbortSignal }) => ask(api.POST("/api/segments/preview", { body: { rule: asBody(rule), exact }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  const first = useQuery(count(false));
  const exact = useQuery({ ...count(true), enabled: Boolean(first.data?.estimate) && !first.isPlaceholderData });
  const settled = first.data?.estimate && exact.data && !exact.isPlaceholderData;
  return {
    data: settled ? exact.data : first.data,
    error: first.error ?? exact.error,
    isFetching: first.isFetching,
    refetch: first.refetch,
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

export function useDeleteSegment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.DELETE("/api/segments/{segment_id}", { params: { path: { segment_id: id } } })),
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

export function useWhy(id: number, uid: number | null) {
  return useQuery({
    queryKey: ["segment", id, "why", uid],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}/why/{uid}", { params: { path: { segment_id: id, uid: uid ?? 0 } } })),
    enabled: uid !== null,
  });
}
