import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";
import type { Rule } from "@/api/rule";

type Json = Record<string, never>;
/** The server describes rules by its own schema; ours is the same tree, typed by hand. */
const asBody = (rule: Rule) => rule as unknown as Json;

export function useCatalog() {
  return useQuery({ queryKey: ["catalog"], queryFn: () => ask(api.GET("/api/rules/catalog")), staleTime: Infinity });
}

/** Count the people of a rule; the last answer stays while the next is under way. */
export function usePreview(rule: Rule | null) {
  return useQuery({
    queryKey: ["preview", JSON.stringify(rule)],
    queryFn: ({ signal }) => ask(api.POST("/api/segments/preview", { body: { rule: asBody(rule ?? { op: "everyone" }) }, signal })),
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

export function useSegment(id: number | null) {
  return useQuery({
    queryKey: ["segment", id],
    queryFn: () => ask(api.GET("/api/segments/{id}", { params: { path: { id: id ?? 0 } } })),
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
        : ask(api.PUT("/api/segments/{id}", { params: { path: { id } }, body }));
    },
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useRefreshSegment(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST("/api/segments/{id}/refresh", { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useDeleteSegment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.DELETE("/api/segments/{id}", { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["segments"] }),
  });
}

export function useMembers(id: number, cursor: string | undefined) {
  return useQuery({
    queryKey: ["segment", id, "members", cursor],
    queryFn: () => ask(api.GET("/api/segments/{id}/members", { params: { path: { id }, query: { cursor, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
}

export function useDiffs(id: number, cursor: string | undefined) {
  return useQuery({
    queryKey: ["segment", id, "diffs", cursor],
    queryFn: () => ask(api.GET("/api/segments/{id}/diffs", { params: { path: { id }, query: { cursor } } })),
    placeholderData: keepPreviousData,
  });
}

export function useWhy(id: number, uid: number | null) {
  return useQuery({
    queryKey: ["segment", id, "why", uid],
    queryFn: () => ask(api.GET("/api/segments/{id}/why/{uid}", { params: { path: { id, uid: uid ?? 0 } } })),
    enabled: uid !== null,
  });
}
