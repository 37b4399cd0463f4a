import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { api, ask } from "@/api/client";
import { useSegmentChoice } from "@/api/segmentChoice";
import { Field, format } from "@/ui";
import { words } from "../words";

/** A segment's name; "" for none. */
export function useSegmentName(id: number | null): string {
  const t = words.use();
  const segment = useSegmentOf(id);
  if (id === null) return "";
  return segment.isError ? t("segmentGone") : (segment.data?.name ?? "…");
}

export function useSegmentOf(id: number | null) {
  return useQuery({
    queryKey: ["segment", id],
    queryFn: () => ask(api.GET("/api/segments/{segment_id}", { params: { path: { segment_id: id ?? 0 } } })),
    enabled: id !== null,
    retry: false,
  });
}

/** One segment, found by the letters of its name. */
export function SegmentField({ label, value, set }: { label: string; value: unknown; set: (value: unknown) => void }) {
  const t = words.use();
  const id = typeof value === "number" ? value : null;
  const segments = useSegmentChoice(id);
  return (
    <Field label={label} help={segments.own ? t("segmentHelp", { n: format.count(segments.own.people) }) : null}>
      {(place, about) => (
        <Select
          id={place}
          aria-describedby={about}
          className="jwide"
          placeholder={t("chooseSegment")}
          showSearch={segments.search}
          value={segments.own ? id : null}
          onChange={(chosen: number) => set(chosen)}
          options={segments.items.map((item) => ({ value: item.id, label: `${item.name} · ${format.count(item.people)}` }))}
        />
      )}
    </Field>
  );
}
