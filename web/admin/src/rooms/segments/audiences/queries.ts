import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import type { AudienceIn, Delivery } from "@/api/types";

export function useRecipients() {
  return useQuery({ queryKey: ["audiences", "recipients"], queryFn: () => ask(api.GET("/api/audiences/recipients")), staleTime: 60_000 });
}

export function useAudiences(segmentId: number) {
  return useQuery({
    queryKey: ["audiences", segmentId],
    queryFn: () => ask(api.GET("/api/audiences", { params: { query: { segment_id: segmentId } } })),
  });
}

/** Looked at often only while files are being made. */
export function useDeliveries(audienceId: number) {
  return useQuery({
    queryKey: ["audiences", "deliveries", audienceId],
    queryFn: () => ask(api.GET("/api/audiences/{audience_id}/deliveries", { params: { path: { audience_id: audienceId } } })),
    refetchInterval: (query) => (query.state.data?.items[0]?.state === "running" ? 1_500 : false),
  });
}

/** Where the packages of a segment are uploaded; looked at often only while one is. */
export function useTargets(segmentId: number) {
  return useQuery({
    queryKey: ["audiences", "targets", segmentId],
    queryFn: () => ask(api.GET("/api/audience-targets", { params: { query: { segment_id: segmentId } } })),
    refetchInterval: (query) => (query.state.data?.items.some((one) => one.state === "pushing") ? 2_000 : 30_000),
  });
}

export function useOffers(enabled: boolean) {
  return useQuery({ queryKey: ["audiences", "offers"], queryFn: () => ask(api.GET("/api/audience-targets/offers")), enabled });
}

export interface Aim {
  readonly kind: string;
  readonly account_id: number;
  readonly renew_days: number;
}

const setTarget = (audience_id: number, body: Aim) => ask(api.PUT("/api/audience-targets/{audience_id}", { params: { path: { audience_id } }, body }));

export function useSetTarget(audienceId: number) {
  return useChange((aim: Aim) => setTarget(audienceId, aim));
}

function useChange<A>(mutationFn: (asked: A) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSettled: () => client.invalidateQueries({ queryKey: ["audiences"] }) });
}

const prepare = (audience_id: number, take_back: boolean) =>
  ask(api.POST("/api/audiences/{audience_id}/deliveries", { params: { path: { audience_id } }, body: { take_back } }));

/** A new package, where it is uploaded if anywhere, and its first delivery at once. */
export function useCreateAudience() {
  return useChange(async ({ aim, ...body }: AudienceIn & { readonly aim: Aim | null }): Promise<Delivery> => {
    const { id } = await ask(api.POST("/api/audiences", { body }));
    if (aim) await setTarget(id, aim);
    return prepare(id, false);
  });
}

export function usePrepare(audienceId: number) {
  return useChange((takeBack: boolean) => prepare(audienceId, takeBack));
}

export function useConfirmDelivery(audience_id: number) {
  return useChange((delivery_id: number) =>
    ask(api.POST("/api/audiences/{audience_id}/deliveries/{delivery_id}/confirm", { params: { path: { audience_id, delivery_id } } })),
  );
}

export function useDeleteAudience() {
  return useChange((audience_id: number) => ask(api.DELETE("/api/audiences/{audience_id}", { params: { path: { audience_id } } })));
}
