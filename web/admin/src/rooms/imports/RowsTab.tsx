import { Button, Select } from "antd";
import { useState } from "react";
import { session } from "@/api/client";
import type { QuarantineRow } from "@/api/types";
import { DataTable, EmptyState, format, Icon, Tag, toast, toastError, useCursor, useFilters, useMay, usePick, type Column, type Tone } from "@/ui";
import { FixDrawer } from "./FixDrawer";
import { useImports, useReplay, useRows } from "./queries";
import { words } from "./words";

const tones: Readonly<Record<string, Tone>> = { open: "warning", fixed: "good", rejected: "bad" };
const stateWords = { open: "open", fixed: "fixed", rejected: "rejected" } as const;

/** Rows that failed a check: what is wrong with each field, mend, replay. */
export function RowsTab() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const importId = Number(params.get("import_id")) || undefined;
  const imports = useImports();
  const rows = useRows(importId, cursor);
  const replay = useReplay();
  const [chosen, setChosen] = useState<ReadonlySet<string | number>>(new Set());
  const [fixing, setFixing] = useState<QuarantineRow | null>(null);
  const fileOf = (id: number) => imports.data?.items.find((item) => item.id === id)?.file_name ?? `#${id}`;
  const run = (ids: number[]) =>
    replay.mutate(ids, {
      onSuccess: (answer) => {
        setChosen(new Set());
        toast(t("replayed", { imported: format.count(answer.imported), left: format.count(answer.quarantined) }));
      },
      onError: toastError,
    });
  const columns: Column<QuarantineRow>[] = [
    { key: "row", title: t("colRow"), width: 110, render: (row) => t("rowNo", { n: format.count(row.row_no) }) },
    {
      key: "reasons",
      title: t("colReasons"),
      phone: true,
      render: (row) => (
        <span className="row">
          {row.reasons.map((reason) => (
            <span key={reason.field}>
              <span className="mono">{reason.field}</span> {t("value", { value: reason.value })} <span className="bad">{say(reason.reason)}</span>
            </span>
          ))}
        </span>
      ),
    },
    { key: "import", title: t("colImport"), render: (row) => <span className="soft">{fileOf(row.import_id)}</span> },
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
              value={importId ?? 0}
              onChange={(id: number) => change({ import_id: id || null })}
              options={[{ value: 0, label: t("filterImport") }, ...(imports.data?.items ?? []).map((item) => ({ value: item.id, label: item.file_name }))]}
            />
            <a href={`/api/quarantine/export.csv?brand_id=${session.brandId}${importId ? `&import_id=${importId}` : ""}`} download>
              <Button icon={<Icon name="download" size={14} />}>{t("export")}</Button>
            </a>
          </>
        }
        {...(write
          ? {
              selection: {
                keys: chosen,
                set: setChosen,
                actions: (
                  <Button size="small" type="primary" loading={replay.isPending} onClick={() => run([...chosen].map(Number))}>
                    {t("replay")}
                  </Button>
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
