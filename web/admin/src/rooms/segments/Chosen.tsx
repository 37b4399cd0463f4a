import { Button } from "antd";
import { fileAt } from "@/api/client";
import type { SegmentFilter } from "@/api/queries";
import type { SegmentRow } from "@/api/types";
import { FileLink, Icon, toast, toastError, useMay } from "@/ui";
import { useDeleteSegment, useRefreshSegments, useRestoreSegment } from "./queries";
import { words } from "./words";

interface FileProps {
  /** The list as it is asked for. */
  readonly asked?: SegmentFilter;
  /** Of it only these. */
  readonly ids?: readonly number[];
  readonly small?: boolean;
}

/** The list as a file. */
export function SegmentsFile({ asked = {}, ids, small = false }: FileProps) {
  const t = words.use();
  const may = useMay();
  if (!may("segments.export")) return null;
  return (
    <FileLink file={fileAt("/api/segments.csv", { q: asked.q, kind: asked.kind, failed: asked.failed ? "true" : undefined, sort: asked.sort, ids: ids?.join(",") })} {...(small ? { size: "small" } : {})} icon={<Icon name="download" size={14} />}>
      {t("exportList")}
    </FileLink>
  );
}

/** What can be done with the segments chosen in the list. */
export function Chosen({ rows, done }: { rows: readonly SegmentRow[]; done: () => void }) {
  const t = words.use();
  const may = useMay();
  const refresh = useRefreshSegments();
  const remove = useDeleteSegment();
  const restore = useRestoreSegment();
  const dynamic = rows.filter((row) => row.kind === "dynamic").map((row) => row.id);
  const again = () => refresh.mutate(dynamic, { onSuccess: () => toast(t("refreshedMany", { n: dynamic.length })), onError: toastError });
  const drop = async () => {
    // One by one: a segment that another is built on stays, and the others are deleted all the same.
    const gone: number[] = [];
    for (const { id } of rows) {
      await remove.mutateAsync(id).then(() => gone.push(id), toastError);
    }
    done();
    const back = () => gone.forEach((id) => restore.mutate(id, { onError: toastError }));
    if (gone.length) toast(t("deletedMany", { n: gone.length }), "good", back);
  };
  return (
    <>
      <SegmentsFile ids={rows.map((row) => row.id)} small />
      {may("segments.write") && (
        <>
          <Button size="small" disabled={dynamic.length === 0} loading={refresh.isPending} onClick={again}>
            {t("refresh")}
          </Button>
          <Button size="small" danger loading={remove.isPending} onClick={() => void drop()}>
            {t("delete")}
          </Button>
        </>
      )}
    </>
  );
}
