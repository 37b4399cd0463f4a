import type { SegmentDiff } from "@/api/types";
import { Count, DataTable, EmptyState, TimeText, useCursor, type Column } from "@/ui";
import { useDiffs } from "./queries";
import { words } from "./words";

const PATHS: readonly string[] = ["bitmap", "state", "arrays", "scan"];

/** Who came in and who left, refresh by refresh. */
export function DiffsTab({ id }: { id: number }) {
  const t = words.use();
  const { cursor } = useCursor();
  const diffs = useDiffs(id, cursor);
  const columns: Column<SegmentDiff>[] = [
    { key: "version", title: t("colVersion"), width: 100, render: (row) => row.version },
    { key: "at", title: t("colAt"), render: (row) => <TimeText at={row.at} /> },
    { key: "joined", title: t("colEntered"), numeric: true, phone: true, render: (row) => (row.joined ? <span className="good">+<Count value={row.joined} /></span> : "0") },
    { key: "left", title: t("colLeft"), numeric: true, phone: true, render: (row) => (row.left ? <span className="bad"><Count value={-row.left} /></span> : "0") },
    { key: "path", title: t("colPath"), render: (row) => <How row={row} /> },
    { key: "people", title: t("colTotal"), numeric: true, render: (row) => <Count value={row.people} /> },
  ];
  return (
    <DataTable
      id="diffs"
      label={t("tabDiffs")}
      columns={columns}
      query={diffs}
      rowKey={(row) => row.version}
      pageSize={4}
      empty={<EmptyState title={t("diffsEmpty")}>{t("diffsEmptyWhat")}</EmptyState>}
    />
  );
}

/** How a refresh answered; of a weekly check, what it found. */
function How({ row }: { row: SegmentDiff }) {
  const t = words.use();
  if (row.drift === null) return <span className="soft">{PATHS.includes(row.path) ? t(`p.${row.path as "scan"}`) : row.path}</span>;
  return row.drift ? <span className="bad">{t("drifted", { n: row.drift })}</span> : <span className="soft">{t("notDrifted")}</span>;
}
