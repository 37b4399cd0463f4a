import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";

export function useImports(q?: string, cursor?: string) {
  return useQuery({
    queryKey: ["imports", q, cursor],
    queryFn: () => ask(api.GET("/api/imports", { params: { query: { q, cursor: cursor ? Number(cursor) : undefined, limit: PAGE } } })),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => ((query.state.data?.items ?? []).some((item) => item.state === "running") ? 2_000 : false),
  });
}

interface Upload {
  readonly file: File;
  readonly mapping: string;
}

/** A file and its mapping as they are sent. */
export function uploadForm({ file, mapping }: Upload): FormData {
  const form = new FormData();
  form.set("file", file);
  form.set("mapping", mapping);
  return form;
}

/** The description types a file as text; what is sent is the form itself. */
const body = { file: "", mapping: "" };

export function useStartImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (upload: Upload) => ask(api.POST("/api/imports", { body, bodySerializer: () => uploadForm(upload) })),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useRows(importId: number | undefined, cursor: string | undefined, enabled = true) {
  return useQuery({
    enabled,
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

export function useTakeBack() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: number[]) => ask(api.POST("/api/quarantine/take-back", { body: { ids } })),
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
