import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";
import type { LookalikeTask } from "@/api/types";

export interface Asked {
  readonly people: number;
  readonly anonymous: boolean;
  readonly consent: string;
}

const params = (id: number) => ({ path: { segment_id: id } });
const taskParams = (id: number, task: number) => ({ path: { segment_id: id, task_id: task } });
const key = (id: number, task: number | null) => ["segment", id, "similar", task];

/** A search for similar customers; looked at often only while it is under way. */
export function useSimilarTask(id: number, task: number | null) {
  return useQuery({
    queryKey: key(id, task),
    queryFn: () => ask(api.GET("/api/segments/{segment_id}/lookalike/tasks/{task_id}", { params: taskParams(id, task ?? 0) })),
    refetchInterval: (query) => (query.state.data?.state === "running" ? 1_000 : false),
    retry: false,
    enabled: task !== null,
  });
}

/** Look for similar customers in the background, and keep them if they are given a name. */
export function useLookForSimilar(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, ...body }: Asked & { name?: string }) =>
      name === undefined
        ? ask(api.POST("/api/segments/{segment_id}/lookalike/preview", { params: params(id), body }))
        : ask(api.POST("/api/segments/{segment_id}/lookalike", { params: params(id), body: { ...body, name } })),
    onSuccess: (task: LookalikeTask) => client.setQueryData(key(id, task.id), task),
  });
}

export function useStopSimilar(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (task: number) => ask(api.POST("/api/segments/{segment_id}/lookalike/tasks/{task_id}/cancel", { params: taskParams(id, task) })),
    onSuccess: (_, task) => client.invalidateQueries({ queryKey: key(id, task) }),
  });
}

/** What an existing look-alike was made by. */
export function useLookalike(id: number) {
  return useQuery({ queryKey: ["segment", id, "lookalike"], queryFn: () => ask(api.GET("/api/segments/{segment_id}/lookalike", { params: params(id) })) });
}
