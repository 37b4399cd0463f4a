import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast, toastError, type SavedViewsPort } from "@/ui";
import { api, ask } from "./client";
import { viewWords } from "./viewWords";

type Kept = Parameters<SavedViewsPort["save"]>[0];

/** One's saved views of a list. Removing one can be taken back: it is saved again as it was. */
export function useViews(of: string): SavedViewsPort {
  const t = viewWords.use();
  const client = useQueryClient();
  const views = useQuery({ queryKey: ["views", of], queryFn: () => ask(api.GET("/api/me/views", { params: { query: { of } } })), staleTime: 60_000 });
  const again = { onSettled: () => client.invalidateQueries({ queryKey: ["views", of] }), onError: toastError };
  const keep = useMutation({
    mutationFn: ({ name, search, columns }: Kept) => ask(api.POST("/api/me/views", { body: { of, name, search, columns: [...columns] } })),
    ...again,
  });
  const drop = useMutation({ mutationFn: (id: number) => ask(api.DELETE("/api/me/views/{view_id}", { params: { path: { view_id: id } } })), ...again });
  return {
    items: views.data?.items ?? [],
    save: (view) => keep.mutate(view, { onSuccess: () => toast(t("saved", { name: view.name })) }),
    remove: (view) => drop.mutate(view.id, { onSuccess: () => toast(t("removed", { name: view.name }), "good", () => keep.mutate(view)) }),
  };
}
