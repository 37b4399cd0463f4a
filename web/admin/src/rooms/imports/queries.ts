import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";

export function useImports() {
  return useQuery({
    queryKey: ["imports"],
    queryFn: () => ask(api.GET("/api/imports")),
    refetchInterval: (query) => ((query.state.data?.items ?? []).some((item) => item.state === "running") ? 2_000 : false),
  });
}

export function useRows(importId: number | undefined, cursor: string | undefined) {
  return useQuery({
    queryKey: ["quarantine", importId, cursor],
    queryFn: () => ask(api.GET("/api/quarantine", { params: { query: { import_id: importId, cursor: cursor ? Number(cursor) : undefined, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
}

export function useRow(id: number | null) {
  return useQuery({
    queryKey: ["quarantine", "row", id],
    queryFn: () => ask(api.GET("/api/quarantine/{row_id}", { params: { path: { row_id: id ?? 0 } } })),
    enabled: id !== null,
  });
}

export function useDrop() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: number[]) => ask(api.POST("/api/quarantine/drop", { body: { ids } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["quarantine"] }),
  });
}

export function useFix() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, fields }: { id: number; fields: Record<string, string> }) =>
      ask(api.POST("/api/quarantine/{row_id}/fix", { params: { path: { row_id: id } }, body: { fields } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["quarantine"] }),
  });
}

export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: number[]) => ask(api.POST("/api/quarantine/replay", { body: { ids } })),
    onSuccess: () => client.invalidateQueries(),
  });
}
