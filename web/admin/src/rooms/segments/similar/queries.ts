import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";

export interface Asked {
  readonly people: number;
  readonly anonymous: boolean;
  readonly consent: string;
}

const params = (id: number) => ({ path: { segment_id: id } });

/** What a look-alike would be made by; nothing is made. */
export function useLookalikePreview(id: number, asked: Asked, enabled: boolean) {
  return useQuery({
    queryKey: ["segment", id, "similar", asked],
    queryFn: ({ signal }) => ask(api.POST("/api/segments/{segment_id}/lookalike/preview", { params: { path: { segment_id: id } }, body: { ...asked }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 300_000,
    retry: false,
    enabled,
  });
}

/** What an existing look-alike was made by. */
export function useLookalike(id: number) {
  return useQuery({ queryKey: ["segment", id, "lookalike"], queryFn: () => ask(api.GET("/api/segments/{segment_id}/lookalike", { params: params(id) })) });
}

export function useSaveLookalike(id: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Asked & { name: string }) => ask(api.POST("/api/segments/{segment_id}/lookalike", { params: params(id), body })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["segments"] }),
  });
}
