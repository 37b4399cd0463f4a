import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { uploadForm } from "../queries";

/** The server looks at the first rows only, so of a long text file its beginning is enough. */
const ENOUGH_BYTES = 8 * 1024 * 1024;

function beginning(file: File): File {
  const isText = /\.(csv|txt|tsv)$/i.test(file.name);
  return isText && file.size > ENOUGH_BYTES ? new File([file.slice(0, ENOUGH_BYTES)], file.name) : file;
}

/** The description types a file as text; what is sent is the form itself. */
const body = { file: "", mapping: "" };

export const lookAt = (file: File, mapping: string) => ask(api.POST("/api/imports/preview", { body, bodySerializer: () => uploadForm({ file: beginning(file), mapping }) }));

const keyOf = (file: File) => [file.name, file.size, file.lastModified] as const;

export const useTargets = () => useQuery({ queryKey: ["import-targets"], queryFn: () => ask(api.GET("/api/imports/targets")), staleTime: Infinity });

/** What the server makes of a file by itself. fresh: without what earlier files of the kind were taken for. */
export function useFirstLook(file: File, fresh: boolean) {
  return useQuery({
    queryKey: ["import-first", ...keyOf(file), fresh],
    queryFn: () => ask(api.POST("/api/imports/preview", { body, params: { query: { fresh } }, bodySerializer: () => uploadForm({ file: beginning(file), mapping: "" }) })),
    staleTime: Infinity,
    retry: false,
  });
}

/** What a mapping makes of a file's beginning. */
export function useLook(file: File, mapping: string) {
  return useQuery({
    queryKey: ["import-look", ...keyOf(file), mapping],
    queryFn: () => lookAt(file, mapping),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    retry: false,
  });
}

export const useCheckAll = () =>
  useMutation({
    mutationFn: (upload: { file: File; mapping: string }) => ask(api.POST("/api/imports/check", { body, bodySerializer: () => uploadForm(upload) })),
  });

export const useTask = (id: number | null) =>
  useQuery({
    queryKey: ["operations", id],
    queryFn: () => ask(api.GET("/api/operations/{operation_id}", { params: { path: { operation_id: id ?? 0 } } })),
    enabled: id !== null,
    refetchInterval: (query) => (query.state.data && query.state.data.state !== "running" ? false : 1_000),
  });
