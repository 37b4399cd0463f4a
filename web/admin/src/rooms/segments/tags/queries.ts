import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import type { TagIn } from "@/api/types";

const of = (id: number) => ({ params: { path: { tag_id: id } } });
const running = (states: readonly string[]) => (states.includes("running") ? 2_000 : false);

export function useTag(id: number | null) {
  return useQuery({ queryKey: ["tag", id], queryFn: () => ask(api.GET("/api/tags/{tag_id}", of(id ?? 0))), enabled: id !== null });
}

export function useDays(id: number) {
  return useQuery({ queryKey: ["tag", id, "days"], queryFn: () => ask(api.GET("/api/tags/{tag_id}/days", of(id))) });
}

export function useChanges(id: number, cursor: string | undefined) {
  return useQuery({
    queryKey: ["tag", id, "changes", cursor],
    queryFn: () => ask(api.GET("/api/tags/{tag_id}/changes", { params: { path: { tag_id: id }, query: { cursor } } })),
    placeholderData: keepPreviousData,
  });
}

export function useReceived(id: number) {
  return useQuery({ queryKey: ["tag", id, "received"], queryFn: () => ask(api.GET("/api/tags/{tag_id}/received", of(id))) });
}

export function useSettings(id: number) {
  return useQuery({
    queryKey: ["tag", id, "settings"],
    queryFn: () => ask(api.GET("/api/tags/{tag_id}/settings", of(id))),
    refetchInterval: (query) => running((query.state.data?.items ?? []).map((item) => item.state)),
  });
}

export function useSaveTag(id: number | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: TagIn) => (id === null ? ask(api.POST("/api/tags", { body })) : ask(api.PUT("/api/tags/{tag_id}", { ...of(id), body }))),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useRetireTag() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.DELETE("/api/tags/{tag_id}", of(id))),
    onSettled: () => client.invalidateQueries({ queryKey: ["tags"] }),
  });
}

export function useCollect(id: number) {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => ask(api.POST("/api/tags/{tag_id}/collect", of(id))), onSuccess: () => client.invalidateQueries({ queryKey: ["operations"] }) });
}

/** How many people each value would have; only of tags that are worked out. */
export function useCounted(definition: TagIn["definition"] | null) {
  return useQuery({
    queryKey: ["tags", "preview", definition],
    queryFn: () => ask(api.POST("/api/tags/preview", { body: { definition: definition ?? {} } })),
    enabled: definition !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

interface OnSegment {
  readonly segment_id: number;
  readonly no: number;
}

export function useLook(id: number, body: OnSegment | null) {
  return useQuery({
    queryKey: ["tag", id, "look", body],
    queryFn: () => ask(api.POST("/api/tags/{tag_id}/settings/preview", { ...of(id), body: body ?? { segment_id: 0, no: 0 } })),
    enabled: body !== null,
  });
}

export function useSetOnSegment(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: OnSegment) => ask(api.POST("/api/tags/{tag_id}/settings", { ...of(id), body })),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useUndo(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (operation: number) => ask(api.POST("/api/tags/{tag_id}/settings/{operation_id}/undo", { params: { path: { tag_id: id, operation_id: operation } } })),
    onSuccess: () => client.invalidateQueries(),
  });
}
