import { useQuery } from "@tanstack/react-query";
import { api, ask } from "@/api/client";

/** A day beside the same weekday a week before; `on` undefined: today, up to now. Looked at again every minute. */
export function useDay(on: string | undefined) {
  return useQuery({
    queryKey: ["overview", "day", on],
    queryFn: ({ signal }) => ask(api.GET("/api/overview/day", { params: { query: { on } }, signal })),
    refetchInterval: on ? false : 60_000,
  });
}

export function useChanges(on: string | undefined) {
  return useQuery({
    queryKey: ["overview", "changes", on],
    queryFn: ({ signal }) => ask(api.GET("/api/overview/changes", { params: { query: { on } }, signal })),
    refetchInterval: on ? false : 60_000,
  });
}

export function useNeeds() {
  return useQuery({ queryKey: ["needs"], queryFn: ({ signal }) => ask(api.GET("/api/needs", { signal })), refetchInterval: 60_000 });
}
