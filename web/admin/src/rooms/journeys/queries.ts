import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import type { JourneyIn } from "@/api/types";

const at = (id: number) => ({ params: { path: { journey_id: id } } });
const COUNTED_MS = 5_000;

export function useJourneys(cursor: string | undefined) {
  return useQuery({ queryKey: ["journeys", cursor], queryFn: () => ask(api.GET("/api/journeys", { params: { query: { cursor } } })), placeholderData: keepPreviousData });
}

/** Asked once: from then on the page itself knows better than the server what is drawn. */
export function useJourney(id: number) {
  return useQuery({ queryKey: ["journey", id], queryFn: () => ask(api.GET("/api/journeys/{journey_id}", at(id))), staleTime: 0, gcTime: 0 });
}

export function useNodeKinds() {
  return useQuery({ queryKey: ["journey-nodes"], queryFn: () => ask(api.GET("/api/journey-nodes")), staleTime: Infinity });
}

export function useJourneyEvents() {
  return useQuery({ queryKey: ["journey-events"], queryFn: () => ask(api.GET("/api/journey-events")), staleTime: Infinity });
}

export function useGallery() {
  return useQuery({ queryKey: ["journey-gallery"], queryFn: () => ask(api.GET("/api/journey-gallery")), staleTime: Infinity });
}

/** Where people are; asked again and again only while somebody looks and something can move. */
export function useCounts(id: number, moving: boolean, published: boolean) {
  return useQuery({
    queryKey: ["journey", id, "counts"],
    queryFn: () => ask(api.GET("/api/journeys/{journey_id}/counts", at(id))),
    enabled: published,
    refetchInterval: moving ? COUNTED_MS : false,
    refetchIntervalInBackground: false,
  });
}

export function usePeopleAt(id: number, node: string, enabled: boolean) {
  return useInfiniteQuery({
    queryKey: ["journey", id, "people", node],
    queryFn: ({ pageParam }) => ask(api.GET("/api/journeys/{journey_id}/nodes/{node}/people", { params: { path: { journey_id: id, node }, query: { cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    enabled,
  });
}

export function useCreateJourney() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: JourneyIn) => ask(api.POST("/api/journeys", { body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["journeys"] }),
  });
}

export const saveJourney = (id: number, body: JourneyIn) => ask(api.PUT("/api/journeys/{journey_id}", { ...at(id), body }));

export type Act = "publish" | "pause" | "resume" | "finish" | "stop";

export function useAct(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (act: Act) =>
      act === "publish"
        ? ask(api.POST("/api/journeys/{journey_id}/publish", at(id)))
        : ask(api.POST("/api/journeys/{journey_id}/state/{action}", { params: { path: { journey_id: id, action: act } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["journeys"] });
      void client.invalidateQueries({ queryKey: ["journey", id, "counts"] });
    },
  });
}

export type Reviewing = "ask" | "approve" | "refuse";

/** Ask for approval of the drawing as it is, or decide about it. */
export function useReview(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ what, note }: { readonly what: Reviewing; readonly note: string }) =>
      what === "ask"
        ? ask(api.POST("/api/journeys/{journey_id}/review", at(id)))
        : ask(api.POST("/api/journeys/{journey_id}/review/{decision}", { params: { path: { journey_id: id, decision: what } }, body: { note } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["needs"] }),
  });
}

export function useApproval() {
  return useQuery({ queryKey: ["journey-approval"], queryFn: () => ask(api.GET("/api/journey-approval")) });
}

export function useSetApproval() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (asked: boolean) => ask(api.PUT("/api/journey-approval", { body: { asked } })),
    onSuccess: (kept) => client.setQueryData(["journey-approval"], kept),
  });
}
