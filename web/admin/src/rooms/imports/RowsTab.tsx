import { Button, Select } from "antd";
import { useState } from "react";
import { fileAt } from "@/api/client";
import type { QuarantineRow } from "@/api/types";
import { DataTable, EmptyState, FileLink, format, Icon, Tag, toast, toastError, useCursor, useFilters, useMay, usePick, useRested, type Column, type Tone } from "@/ui";
import { FixDrawer } from "./FixDrawer";
import { useDrop, useImports, useReplay, useRows, useTakeBack } from "./queries";
import { words } from "./words";

const tones: Readonly<Record<string, Tone>> = { open: "warning", fixed: "good", replayed: "good", dropped: "plain" };
const stateWords = { open: "open", fixed: "fixed", replayed: "replayedState", dropped: "droppedState" } as const;

/** Rows that failed a check: what is wrong with each field, mend, replay. */
export function RowsTab() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const importId = Number(params.get("import_id")) || undefined;
  const [text, setText] = useState("");
  const imports = useImports();
  const found = useImports(useRested(text.trim(), 200) || undefined).data?.items ?? [];
  const chosenFile = imports.data?.items.find((item) => item.id === importId);
  const offered = importId && !found.some((item) => item.id === importId) ? [{ id: importId, file_name: chosenFile?.file_name ?? `#${importId}` }, ...found] : found;
  const rows = useRows(importId, cursor);
  const replay = useReplay();
  const drop = useDrop();
  const takeBack = useTakeBack();
  const [chosen, setChosen] = useState<ReadonlySet<string | number>>(new Set());
  const [fixing, setFixing] = useState<QuarantineRow | null>(null);
  const fileOf = (row: QuarantineRow) => imports.data?.items.find((item) => item.id === row.import_id)?.file_name ?? row.source;
  const run = (ids: number[]) =>
    replay.mutate(ids, {
      onSuccess: (answer) => {
        setChosen(new Set());
        toast(t("replayed", { imported: format.count(answer.replayed), left: format.count(answer.still_bad) }), answer.still_bad > 0 && answer.replayed === 0 ? "bad" : "good");
      },
      onError: toastError,
    });
  const giveUp = (ids: number[]) => {
    setChosen(new Set());
    const back = () => takeBack.mutate(ids, { onError: toastError });
    drop.mutate(ids, { onSuccess: (answer) => toast(t("dropped", { n: answer["dropped"] ?? ids.length }), "good", back), onError: toastError });
  };
  const columns: Column<QuarantineRow>[] = [
    { key: "row", title: t("colRow"), width: 110, render: (row) => t("rowNo", { n: format.count(row.row_no) }) },
    {
      key: "reasons",
      title: t("colReasons"),
      phone: true,
      sentence: true,
      render: (row) => row.reasons.map((reason) => say(reason.reason)).join(" · "),
    },
    { key: "import", title: t("colImport"), render: (row) => <span className="soft">{fileOf(row)}</span> },
    { key: "state", title: t("colState"), width: 120, render: (row) => <Tag tone={tones[row.state] ?? "plain"}>{row.state in stateWords ? t(stateWords[row.state as "open"]) : row.state}</Tag> },
  ];
  const write = may("ingest.write");
  return (
    <>
      <DataTable
        id="quarantine"
        label={t("tabRows")}
        columns={columns}
        query={rows}
        rowKey={(row) => row.id}
        {...(write ? { onOpen: setFixing } : {})}
        pageSize={10}
        tools={
          <>
            <Select
              aria-label={t("filterImport")}
              className="rows-filter"
              showSearch={{ filterOption: false, onSearch: setText }}
              value={importId ?? 0}
              onChange={(id: number) => change({ import_id: id || null })}
              options={[{ value: 0, label: t("filterImport") }, ...offered.map((item) => ({ value: item.id, label: item.file_name }))]}
            />
            <FileLink file={fileAt("/api/quarantine/export.csv", { import_id: importId ?? undefined })} icon={<Icon name="download" size={14} />}>{t("export")}</FileLink>
          </>
        }
        {...(write
          ? {
              selection: {
                keys: chosen,
                set: setChosen,
                actions: (
                  <>
                    <Button size="small" type="primary" loading={replay.isPending} onClick={() => run([...chosen].map(Number))}>
                      {t("replay")}
                    </Button>
                    <Button size="small" onClick={() => giveUp([...chosen].map(Number))}>
                      {t("drop")}
                    </Button>
                  </>
                ),
              },
            }
          : {})}
        empty={<EmptyState title={t("rowsEmpty")}>{t("rowsEmptyWhat")}</EmptyState>}
      />
      <FixDrawer row={fixing} onClose={() => setFixing(null)} onReplay={(id) => run([id])} />
    </>
  );
}
