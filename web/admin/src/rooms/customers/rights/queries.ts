import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";
import type { ConsentsIn, CorrectIn, PersonRequest } from "@/api/types";

const who = (uid: number) => ({ params: { path: { uid } } });

/** How many records every room keeps of a customer. */
export function useHeld(uid: number, enabled: boolean) {
  return useQuery({ queryKey: ["customer", uid, "held"], queryFn: () => ask(api.GET("/api/customers/{uid}/held", who(uid))), enabled });
}

/** What is written about a customer goes its way as an event, so the page is looked at again a little later. */
function useAsking<B>(send: (body: B) => Promise<PersonRequest>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess: () => {
      const again = () => void client.invalidateQueries();
      again();
      [1_000, 3_000].forEach((wait) => window.setTimeout(again, wait));
    },
  });
}

export const useCorrect = (uid: number) => useAsking((body: CorrectIn) => ask(api.POST("/api/customers/{uid}/correct", { ...who(uid), body })));
export const useChangeConsents = (uid: number) => useAsking((body: ConsentsIn) => ask(api.POST("/api/customers/{uid}/consents", { ...who(uid), body })));
export const useAskCopy = (uid: number) => useAsking((reason: string) => ask(api.POST("/api/customers/{uid}/copy", { ...who(uid), body: { reason } })));
export const useErase = (uid: number) =>
  useAsking((reason: string) => ask(api.POST("/api/customers/{uid}/erase", { ...who(uid), body: { reason, confirm: String(uid) } })));

export interface RequestFilter {
  readonly kind?: PersonRequest["kind"] | undefined;
  readonly state?: PersonRequest["state"] | undefined;
  readonly cursor?: string | undefined;
}

export function useRequests(filter: RequestFilter) {
  return useQuery({
    queryKey: ["requests", filter],
    queryFn: () => ask(api.GET("/api/customer-requests", { params: { query: { limit: PAGE, ...filter } } })),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.items.some((item) => item.state === "running") ? 2_000 : false),
  });
}

export function useRequest(id: number) {
  return useQuery({
    queryKey: ["request", id],
    queryFn: () => ask(api.GET("/api/customer-requests/{request_id}", { params: { path: { request_id: id } } })),
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1_000 : false),
  });
}
