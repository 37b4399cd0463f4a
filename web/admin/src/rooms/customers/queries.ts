import { useMutation, useQuery, useQueryClient, keepPreviousData } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import { PAGE } from "@/api/queries";

const at = (uid: number, cursor?: string) => ({ params: { path: { uid }, query: { cursor, limit: PAGE } } });

export function useCustomer(uid: number, enabled = true) {
  return useQuery({ queryKey: ["customer", uid], queryFn: () => ask(api.GET("/api/customers/{uid}", { params: { path: { uid } } })), enabled });
}

export function useOrders(uid: number, cursor: string | undefined) {
  return useQuery({
    queryKey: ["customer", uid, "orders", cursor],
    queryFn: () => ask(api.GET("/api/customers/{uid}/orders", at(uid, cursor))),
    placeholderData: keepPreviousData,
  });
}

export function useIdentity(uid: number) {
  return useQuery({
    queryKey: ["customer", uid, "identity"],
    queryFn: () => ask(api.GET("/api/customers/{uid}/identity", { params: { path: { uid } } })),
  });
}

export function useUnmask(uid: number) {
  return useMutation({
    mutationFn: (body: { ns: string; identifier_id: number; reason: string }) =>
      ask(api.POST("/api/customers/{uid}/unmask", { params: { path: { uid } }, body })),
  });
}

export function useUnmerge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { ledger_id: number; reason: string }) => ask(api.POST("/api/identity/unmerge", { body })),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useReview() {
  return useQuery({ queryKey: ["review"], queryFn: () => ask(api.GET("/api/identity/review")) });
}

const suggestions = ["suggestions"] as const;

/** The search for likely duplicates; looked at often only while it is under way. */
export function useSuggestions() {
  return useQuery({
    queryKey: suggestions,
    queryFn: () => ask(api.GET("/api/identity/suggestions")),
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1_000 : false),
  });
}

export function useFindDuplicates() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST("/api/identity/suggestions")),
    onSuccess: (begun) => client.setQueryData(suggestions, begun),
  });
}

export function useStopFinding() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST("/api/identity/suggestions/cancel")),
    onSuccess: () => client.invalidateQueries({ queryKey: suggestions }),
  });
}

export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, decision }: { id: number; decision: "merge" | "keep_apart" }) =>
      ask(api.POST("/api/identity/review/{item_id}", { params: { path: { item_id: id } }, body: { decision } })),
    onSuccess: () => client.invalidateQueries(),
  });
}

/** Fields of a person that the list can show; they change only with the installation. */
export function useCustomerFields() {
  return useQuery({ queryKey: ["customer-columns"], queryFn: () => ask(api.GET("/api/customer-columns")), staleTime: Infinity });
}

export function useTagsOf(uid: number) {
  return useQuery({ queryKey: ["customer", uid, "tags"], queryFn: () => ask(api.GET("/api/tags/of/{uid}", { params: { path: { uid } } })) });
}

/** A fact shows once the event was read: look again a little later. */
export function useSetOnPerson(uid: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ tag, no }: { tag: number; no: number | null }) =>
      ask(api.PUT("/api/tags/{tag_id}/people/{uid}", { params: { path: { tag_id: tag, uid } }, body: { no } })),
    onSuccess: () => [800, 2_500, 6_000].forEach((wait) => window.setTimeout(() => void client.invalidateQueries({ queryKey: ["customer", uid, "tags"] }), wait)),
  });
}
