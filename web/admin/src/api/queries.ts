/** Questions that more than one room asks. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "./client";

export interface CustomerFilter {
  readonly q?: string | undefined;
  readonly cursor?: string | undefined;
  readonly sort?: "last_order_on" | "net_fen" | "purchase_number" | undefined;
  readonly segment_id?: number | undefined;
  readonly columns?: string | undefined;
  readonly limit?: number;
}

export const PAGE = 50;

export function useCustomers(filter: CustomerFilter, enabled = true) {
  return useQuery({
    queryKey: ["customers", filter],
    queryFn: () => ask(api.GET("/api/customers", { params: { query: { limit: PAGE, ...filter } } })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

export interface SegmentFilter {
  readonly q?: string | undefined;
  readonly kind?: "dynamic" | "static" | undefined;
  readonly failed?: boolean | undefined;
  readonly sort?: "newest" | "name" | "refreshed" | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number;
}

/** What every page around it asks is asked only by whoever may: each refusal is written into the audit log. */
export function useSegments(filter: SegmentFilter = {}, enabled = true) {
  return useQuery({
    queryKey: ["segments", filter],
    queryFn: () => ask(api.GET("/api/segments", { params: { query: { limit: PAGE, ...filter } } })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Why somebody is in a segment or is not. */
export function useWhy(segment: number, uid: number | null) {
  return useQuery({
    queryKey: ["segment", segment, "why", uid],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}/why/{uid}", { params: { path: { segment_id: segment, uid: uid ?? 0 } } })),
    enabled: uid !== null,
  });
}

export interface TagFilter {
  readonly q?: string | undefined;
  readonly folder?: string | undefined;
  readonly origin?: "rule" | "computed" | "imported" | "manual" | undefined;
  readonly cursor?: number | undefined;
  readonly limit?: number;
}

export function useTags(filter: TagFilter = {}) {
  return useQuery({ queryKey: ["tags", filter], queryFn: () => ask(api.GET("/api/tags", { params: { query: { limit: PAGE, ...filter } } })), placeholderData: keepPreviousData });
}

export interface CampaignFilter {
  readonly q?: string | undefined;
  readonly state?: "draft" | "live" | "done" | "stopped" | undefined;
  readonly sort?: "newest" | "name" | "started" | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number;
}

export function useCampaigns(filter: CampaignFilter = {}, enabled = true) {
  return useQuery({
    queryKey: ["campaigns", filter],
    queryFn: () => ask(api.GET("/api/campaigns", { params: { query: { limit: PAGE, ...filter } } })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** The stored message templates, with where the platforms' reviews stand. */
export function useTemplates() {
  return useQuery({ queryKey: ["templates"], queryFn: () => ask(api.GET("/api/templates")), refetchInterval: 15_000 });
}

/** Names and settings of the channels; they change only with the installation. */
export function useChannels() {
  return useQuery({ queryKey: ["channels"], queryFn: () => ask(api.GET("/api/channels")), staleTime: Infinity });
}

const moving = (states: readonly string[]) => states.some((state) => state === "running" || state === "queued");

/** Long tasks; looked at often only while one is under way. */
export function useOperations(enabled = true) {
  return useQuery({
    queryKey: ["operations"],
    queryFn: () => ask(api.GET("/api/operations")),
    enabled,
    refetchInterval: (query) => (moving((query.state.data?.items ?? []).map((item) => item.state)) ? 2_000 : 30_000),
  });
}

export function useCancelOperation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => ask(api.POST("/api/operations/{operation_id}/cancel", { params: { path: { operation_id: id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["operations"] }),
  });
}
