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
    queryFn: () => ask(api.GET("/api/quarantine", { params: { query: { import_id: importId, cursor, limit: PAGE } } })),
    placeholderData: keepPreviousData,
  });
}

export function useFix() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, fields }: { id: number; fields: Record<string, string> }) =>
      ask(api.POST("/api/quarantine/{id}/fix", { params: { path: { id } }, body: { fields } })),
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
