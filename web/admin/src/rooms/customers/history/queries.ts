import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, ask } from "@/api/client";

/** Moments fetched at a time: more than a screen holds, few enough to come at once. */
const PART = 200;

export interface Wanted {
  readonly types?: string | undefined;
  readonly on?: string | undefined;
}

export function useMoments(uid: number, wanted: Wanted) {
  return useInfiniteQuery({
    queryKey: ["customer", uid, "timeline", wanted],
    queryFn: ({ pageParam }) =>
      ask(api.GET("/api/customers/{uid}/timeline", { params: { path: { uid }, query: { ...wanted, limit: PART, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (part) => part.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useMomentTypes(uid: number, on: string | undefined) {
  return useQuery({
    queryKey: ["customer", uid, "types", on],
    queryFn: () => ask(api.GET("/api/customers/{uid}/timeline/types", { params: { path: { uid }, query: { on } } })),
    placeholderData: keepPreviousData,
  });
}

export function useNotes(uid: number) {
  return useQuery({ queryKey: ["customer", uid, "notes"], queryFn: () => ask(api.GET("/api/customers/{uid}/notes", { params: { path: { uid } } })) });
}

function useNoteWrite<V, T>(uid: number, write: (value: V) => Promise<T>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: write, onSuccess: () => client.invalidateQueries({ queryKey: ["customer", uid] }) });
}

const note = (uid: number, id: string) => ({ params: { path: { uid, note_id: id } } });
export const useAddNote = (uid: number) =>
  useNoteWrite(uid, (text: string) => ask(api.POST("/api/customers/{uid}/notes", { params: { path: { uid } }, body: { text } })));
export const useEditNote = (uid: number) =>
  useNoteWrite(uid, ({ id, text }: { id: string; text: string }) => ask(api.PUT("/api/customers/{uid}/notes/{note_id}", { ...note(uid, id), body: { text } })));
export const useDeleteNote = (uid: number) =>
  useNoteWrite(uid, (id: string) => ask(api.DELETE("/api/customers/{uid}/notes/{note_id}", note(uid, id))));

export function useDoneWith(uid: number) {
  return useQuery({ queryKey: ["customer", uid, "audit"], queryFn: () => ask(api.GET("/api/customers/{uid}/audit", { params: { path: { uid } } })) });
}
