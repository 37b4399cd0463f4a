import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";

export interface Wanted {
  readonly import_id: number;
  readonly source: string;
  readonly field: string;
  readonly code: string;
  readonly value: string | null;
}

export function useQuality() {
  return useQuery({ queryKey: ["quality"], queryFn: () => ask(api.GET("/api/data/quality")), refetchInterval: 30_000 });
}

export function useRefunds() {
  return useQuery({ queryKey: ["quality", "refunds"], queryFn: () => ask(api.GET("/api/data/quality/refunds")) });
}

export function useFields() {
  return useQuery({ queryKey: ["fields"], queryFn: () => ask(api.GET("/api/data/fields")) });
}

export function useMeasure() {
  const client = useQueryClient();
  return useMutation({ mutationFn: () => ask(api.POST("/api/data/fields/measure")), onSuccess: () => client.invalidateQueries({ queryKey: ["operations"] }) });
}

const groups = ["quarantine", "groups"] as const;

export function useGroups(enabled = true) {
  return useQuery({ enabled, queryKey: groups, queryFn: () => ask(api.GET("/api/quarantine-groups")) });
}

const idsOf = async (wanted: Wanted) => (await ask(api.POST("/api/quarantine-groups/ids", { body: wanted }))).ids;

export interface Edit {
  readonly wanted: Wanted;
  readonly value: string;
}

/** Write the new values, then play all those rows again; what is still wrong stays with its reason. */
export function useApply() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (edits: readonly Edit[]) => {
      const ids = new Set<number>();
      for (const { wanted, value } of edits) {
        const done = await ask(api.POST("/api/quarantine-groups/replace", { body: { ...wanted, new: value } }));
        done.ids.forEach((id) => ids.add(id));
      }
      return ids.size === 0 ? null : ask(api.POST("/api/quarantine/replay", { body: { ids: [...ids].slice(0, 5_000) } }));
    },
    onSettled: () => client.invalidateQueries(),
  });
}

export function useReplayGroup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wanted: Wanted) => {
      const ids = await idsOf(wanted);
      return ids.length === 0 ? null : ask(api.POST("/api/quarantine/replay", { body: { ids } }));
    },
    onSettled: () => client.invalidateQueries(),
  });
}

/** Give the rows of a group up; the answer names them, so that this can be taken back. */
export function useDropGroup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wanted: Wanted) => {
      const ids = await idsOf(wanted);
      if (ids.length > 0) await ask(api.POST("/api/quarantine/drop", { body: { ids } }));
      return ids;
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["quarantine"] }),
  });
}

export function useRestore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: number[]) => ask(api.POST("/api/quarantine/take-back", { body: { ids } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["quarantine"] }),
  });
}
