import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import type { CampaignIn } from "@/api/types";

const at = (id: number) => ({ params: { path: { campaign_id: id } } });

export function useCampaign(id: number | null) {
  return useQuery({
    queryKey: ["campaign", id],
    queryFn: () => ask(api.GET("/api/campaigns/{campaign_id}", at(id ?? 0))),
    enabled: id !== null,
  });
}

export function usePlan(id: number) {
  return useQuery({ queryKey: ["campaign", id, "plan"], queryFn: () => ask(api.POST("/api/campaigns/{campaign_id}/plan", at(id))), staleTime: 30_000 });
}

/** The result changes only while messages go out or purchases still count. */
export function useResult(id: number) {
  return useQuery({
    queryKey: ["campaign", id, "result"],
    queryFn: () => ask(api.GET("/api/campaigns/{campaign_id}/result", at(id))),
    refetchInterval: (query) => ((query.state.data?.waiting ?? 0) > 0 ? 3_000 : false),
  });
}

export type Arm = "treated" | "held_out";
export const PERSON_STATES = ["sent", "suppressed", "held_out", "unknown", "failed", "waiting", "exited"] as const;
export type PersonState = (typeof PERSON_STATES)[number];

export interface PeopleFilter {
  readonly arm?: Arm | undefined;
  readonly state?: PersonState | undefined;
  readonly cursor?: string | undefined;
}

export function useCampaignPeople(id: number, filter: PeopleFilter) {
  return useQuery({
    queryKey: ["campaign", id, "people", filter],
    queryFn: () => ask(api.GET("/api/campaigns/{campaign_id}/people", { params: { path: { campaign_id: id }, query: filter } })),
    placeholderData: keepPreviousData,
  });
}

export function useSaveCampaign(id: number | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CampaignIn) =>
      id === null ? ask(api.POST("/api/campaigns", { body })) : ask(api.PUT("/api/campaigns/{campaign_id}", { ...at(id), body })),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function usePublish(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (confirm_people: number) => ask(api.POST("/api/campaigns/{campaign_id}/publish", { ...at(id), body: { confirm_people } })),
    onSuccess: () => client.invalidateQueries(),
  });
}

export function useStop(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => ask(api.POST("/api/campaigns/{campaign_id}/stop", at(id))),
    onSuccess: () => client.invalidateQueries(),
  });
}
