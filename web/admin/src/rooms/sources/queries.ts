import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import type { AccountIn, LookIn, SourceIn, SourceRow } from "@/api/types";
import { historyOf } from "./state";

const at = (source_id: number) => ({ params: { path: { source_id } } });
const of = (account_id: number) => ({ params: { path: { account_id } } });

/** Looked at often only while a history is read, or the first message of a source that gets nothing else is waited for. */
const busy = (one: SourceRow) => (one.streams.length === 0 ? one.hook !== "" && !one.message_at : one.streams.some((stream) => historyOf(one, stream) !== null));
const pace = (sources: readonly SourceRow[]) => (sources.some((one) => one.is_on && busy(one)) ? 3_000 : 30_000);

export const useConnectors = () => useQuery({ queryKey: ["connectors"], queryFn: () => ask(api.GET("/api/connectors")), staleTime: Infinity });

export function useSources(enabled = true) {
  return useQuery({
    queryKey: ["sources"],
    queryFn: () => ask(api.GET("/api/sources")),
    enabled,
    refetchInterval: (query) => pace(query.state.data?.items ?? []),
  });
}

export function useSource(id: number) {
  return useQuery({
    queryKey: ["sources", id],
    queryFn: () => ask(api.GET("/api/sources/{source_id}", at(id))),
    refetchInterval: (query) => pace(query.state.data ? [query.state.data] : []),
  });
}

export const useDays = (id: number) => useQuery({ queryKey: ["sources", id, "days"], queryFn: () => ask(api.GET("/api/sources/{source_id}/days", at(id))) });

export const useLook = () => useMutation({ mutationFn: (body: LookIn) => ask(api.POST("/api/sources/look", { body })) });

/** A write after which everything of these kinds is looked at again. */
function useWrite<V, T>(kinds: readonly string[], write: (value: V) => Promise<T>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: write, onSuccess: () => Promise.all(kinds.map((kind) => client.invalidateQueries({ queryKey: [kind] }))) });
}

interface SourceChange {
  readonly id: number;
  readonly name?: string;
  readonly account_id?: number | null;
  readonly config?: Record<string, unknown>;
  readonly is_on?: boolean;
}

export const useConnect = () => useWrite(["sources"], (body: SourceIn) => ask(api.POST("/api/sources", { body })));
export const useChangeSource = () => useWrite(["sources"], ({ id, ...body }: SourceChange) => ask(api.PUT("/api/sources/{source_id}", { ...at(id), body })));
export const useReadNow = () => useWrite(["sources"], (id: number) => ask(api.POST("/api/sources/{source_id}/read", at(id))));

/** The page of what was taken away must not ask for it again. */
export function useDisconnect() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.DELETE("/api/sources/{source_id}", at(id))),
    onSuccess: () => client.invalidateQueries({ queryKey: ["sources"], exact: true }),
  });
}

export const usePlatforms = (enabled = true) => useQuery({ queryKey: ["platforms"], queryFn: () => ask(api.GET("/api/platforms")), staleTime: Infinity, enabled });
export const useAccounts = (enabled = true) => useQuery({ queryKey: ["accounts"], queryFn: () => ask(api.GET("/api/accounts")), enabled });

export const useSaveAccount = (id: number | null) =>
  useWrite(["accounts"], ({ platform, ...body }: AccountIn) =>
    id === null ? ask(api.POST("/api/accounts", { body: { platform, ...body } })) : ask(api.PUT("/api/accounts/{account_id}", { ...of(id), body })),
  );
export const useRemoveAccount = () => useWrite(["accounts", "sources"], (id: number) => ask(api.DELETE("/api/accounts/{account_id}", of(id))));
export const useCheckAccount = () => useWrite(["accounts"], (id: number) => ask(api.POST("/api/accounts/{account_id}/check", of(id))));

/** Whether all calls go to the sandbox; somebody else may have turned it on or off meanwhile. */
export const usePractice = () => useQuery({ queryKey: ["practice"], queryFn: () => ask(api.GET("/api/practice")), refetchInterval: 60_000 });
export const useSetPractice = () =>
  useWrite(["practice", "accounts", "sources"], (body: { on: boolean; url: string; brand?: boolean }) => ask(api.PUT("/api/practice", { body })));
