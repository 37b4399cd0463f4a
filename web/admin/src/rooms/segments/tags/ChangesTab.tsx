import type { TagChange, TagRow } from "@/api/types";
import { DataTable, TimeText, useCursor, type Column } from "@/ui";
import { useChanges } from "./queries";
import { words } from "./words";

const KNOWN = ["tag.created", "tag.changed", "tag.set_on_segment", "tag.setting_undone", "tag.collected"] as const;
const PARTS = ["name", "folder", "description", "owner", "definition"] as const;

type Written = Readonly<Record<string, unknown>>;
const asWritten = (json: unknown): Written => (typeof json === "object" && json !== null ? (json as Written) : {});

/** Who changed what of a tag. */
export function ChangesTab({ tag }: { tag: TagRow }) {
  const t = words.use();
  const { cursor } = useCursor();
  const changes = useChanges(tag.id, cursor);
  const what = (row: TagChange): string => {
    const [before, after] = [asWritten(row.before), asWritten(row.after)];
    if (row.action === "tag.set_on_segment") return `${String(after["value"])} → ${String(after["segment"])}`;
    if (row.action !== "tag.changed") return "";
    return PARTS.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part])).map((part) => t(`part.${part}`)).join(" · ");
  };
  const columns: Column<TagChange>[] = [
    { key: "at", title: t("colWhen"), width: 160, render: (row) => <TimeText at={row.at} /> },
    { key: "who", title: t("colWho"), width: 140, phone: true, render: (row) => row.actor_name },
    { key: "action", title: t("colAction"), width: 160, phone: true, render: (row) => (KNOWN.includes(row.action as (typeof KNOWN)[number]) ? t(row.action as (typeof KNOWN)[number]) : row.action) },
    { key: "what", title: t("colWhat"), sentence: true, render: (row) => <span className="soft">{what(row)}</span> },
  ];
  return <DataTable id="tag-changes" label={t("tabChanges")} columns={columns} query={changes} rowKey={(row) => row.id} pageSize={6} empty={null} />;
}
