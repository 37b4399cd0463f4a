import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import type { SaidIn, SendState, TemplateIn, TestIn } from "@/api/types";

export interface Days {
  readonly first?: string | undefined;
  readonly last?: string | undefined;
}

export interface MessageFilter extends Days {
  readonly state: SendState;
  readonly channel?: string | undefined;
  readonly account_id?: number | undefined;
  readonly reason?: string | undefined;
  readonly cursor?: string | undefined;
}

/** How sending goes: looked at again while somebody watches. */
export const useDelivery = (days: Days) =>
  useQuery({
    queryKey: ["delivery", days],
    queryFn: () => ask(api.GET("/api/delivery", { params: { query: days } })),
    refetchInterval: 10_000,
    placeholderData: keepPreviousData,
  });

export const useSentMessages = (filter: MessageFilter) =>
  useQuery({
    queryKey: ["delivery", "messages", filter],
    queryFn: () => ask(api.GET("/api/delivery/messages", { params: { query: filter } })),
    placeholderData: keepPreviousData,
  });

export const usePersonMessages = (uid: number, cursor: string | undefined) =>
  useQuery({
    queryKey: ["customer", uid, "messages", cursor],
    queryFn: () => ask(api.GET("/api/customers/{uid}/messages", { params: { path: { uid }, query: { cursor } } })),
    placeholderData: keepPreviousData,
  });

const of = (template_id: number) => ({ params: { path: { template_id } } });

export const useTemplate = (id: number | null) =>
  useQuery({ queryKey: ["templates", id], queryFn: () => ask(api.GET("/api/templates/{template_id}", of(id ?? 0))), enabled: id !== null });

export const useVariables = () => useQuery({ queryKey: ["message-variables"], queryFn: () => ask(api.GET("/api/message-variables")), staleTime: Infinity });

function useTemplateWrite<I, O>(write: (given: I) => Promise<O>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: write, onSuccess: () => client.invalidateQueries({ queryKey: ["templates"] }) });
}

export const useSaveTemplate = (id: number | null) =>
  useTemplateWrite((body: TemplateIn) => (id === null ? ask(api.POST("/api/templates", { body })) : ask(api.PUT("/api/templates/{template_id}", { ...of(id), body }))));
export const useRemoveTemplate = () => useTemplateWrite((id: number) => ask(api.DELETE("/api/templates/{template_id}", of(id))));
export const useAskReviews = () => useTemplateWrite(() => ask(api.POST("/api/templates/ask")));

/** How a message reads; asked anew when the text rests. */
export const usePreview = (said: SaidIn | null) =>
  useQuery({
    queryKey: ["message-preview", said],
    queryFn: () => ask(api.POST("/api/messages/preview", { body: said as SaidIn })),
    enabled: said !== null,
    placeholderData: keepPreviousData,
    retry: false,
  });

const open = (state: string) => state === "waiting" || state === "attempting";

export const useTests = () =>
  useQuery({
    queryKey: ["message-tests"],
    queryFn: () => ask(api.GET("/api/messages/tests")),
    refetchInterval: (query) => ((query.state.data ?? []).some((one) => open(one.state)) ? 1_500 : false),
  });

export function useSendTest() {
  const client = useQueryClient();
  return useMutation({ mutationFn: (body: TestIn) => ask(api.POST("/api/messages/tests", { body })), onSuccess: () => client.invalidateQueries({ queryKey: ["message-tests"] }) });
}

export const useReach = (segment_id: number | null, budget: { readonly messages: number; readonly days: number }) =>
  useQuery({
    queryKey: ["segment", segment_id, "reach", budget],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}/reach", { params: { path: { segment_id: segment_id ?? 0 }, query: budget } })),
    enabled: segment_id !== null,
    placeholderData: keepPreviousData,
  });
