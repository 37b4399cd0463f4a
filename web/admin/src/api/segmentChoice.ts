import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useRested } from "@/ui";
import { api, ask } from "./client";
import { useSegments } from "./queries";

/** Segments to choose one from: those whose name holds what is typed, and always the one that is chosen. */
export function useSegmentChoice(chosen: number | null, enabled = true) {
  const [text, setText] = useState("");
  const q = useRested(text.trim(), 200);
  const found = useSegments({ q: q || undefined }, enabled);
  const listed = found.data?.items ?? [];
  const among = listed.find((one) => one.id === chosen);
  const alone = useQuery({
    queryKey: ["segment", chosen],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}", { params: { path: { segment_id: chosen ?? 0 } } })),
    enabled: enabled && chosen !== null && found.isSuccess && !among,
  });
  const own = among ?? (chosen === null ? undefined : alone.data);
  return { items: own && !among ? [own, ...listed] : listed, own, search: { filterOption: false as const, onSearch: setText } };
}
