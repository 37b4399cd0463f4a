import { Link } from "react-router";
import type { ImportRow } from "@/api/types";
import { ButtonLink, Count, DataTable, EmptyState, format, Icon, Page, PageHeader, SearchBox, Seconds, Section, Tabs, Tag, TimeText, Unknown, useCursor, useFilters, useMay, useSearchText, useTab, type Column } from "@/ui";
import { useImports, useRows } from "./queries";
import { RowsTab } from "./RowsTab";
import { tones } from "./states";
import { words } from "./words";
import "./imports.css";

export default function ImportsPage() {
  const t = words.use();
  const may = useMay();
  const fixes = may("GET /api/quarantine");
  const tab = useTab(fixes ? ["imports", "rows"] : ["imports"]);
  const rows = useRows(undefined, undefined, fixes);
  return (
    <Page>
      <PageHeader
        title={t("title")}
        note={t("note")}
        actions={
          may("ingest.write") && (
            <ButtonLink to="/imports/new" type="primary" icon={<Icon name="plus" size={14} />}>{t("upload")}</ButtonLink>
          )
        }
      />
      <Section flush>
        <Tabs
          label={t("title")}
          tabs={[
            { key: "imports", title: t("tabImports") },
            ...(fixes ? [{ key: "rows", title: t("tabRows"), count: rows.data?.total ?? null }] : []),
          ]}
        />
        {tab === "imports" ? <ImportsTab fixes={fixes} /> : <RowsTab />}
      </Section>
    </Page>
  );
}

function ImportsTab({ fixes }: { fixes: boolean }) {
  const t = words.use();
  const [params] = useFilters();
  const { cursor } = useCursor();
  const [text, setText] = useSearchText();
  const q = params.get("q") ?? undefined;
  const imports = useImports(q, cursor);
  const stateWord = (state: string) => (state in tones ? t(`s.${state as "done"}`) : state);
  const columns: Column<ImportRow>[] = [
    { key: "file", title: t("colFile"), render: (row) => <span className="import-file">{row.file_name}</span> },
    { key: "state", title: t("colState"), phone: true, render: (row) => <Tag tone={tones[row.state] ?? "plain"}>{stateWord(row.state)}</Tag> },
    { key: "lines", title: t("colLines"), numeric: true, render: (row) => <Count value={row.lines} /> },
    { key: "imported", title: t("colImported"), numeric: true, phone: true, render: (row) => <Count value={row.imported} /> },
    {
      key: "quarantined",
      title: t("colQuarantined"),
      numeric: true,
      render: (row) =>
        row.quarantined && fixes ? (
          <Link to={`/imports?tab=rows&import_id=${row.id}`} className="link">
            <Count value={row.quarantined} />
          </Link>
        ) : (
          <Count value={row.quarantined} />
        ),
    },
    { key: "seconds", title: t("colSeconds"), numeric: true, render: (row) => <Seconds value={row.seconds} /> },
    { key: "rate", title: t("colRate"), unit: t("rateUnit"), numeric: true, optional: true, render: (row) => (row.seconds ? format.count(Math.round(row.lines / row.seconds)) : <Unknown />) },
    { key: "started", title: t("colStarted"), numeric: true, render: (row) => <TimeText at={row.started_at} /> },
  ];
  return (
    <DataTable
      id="imports"
      label={t("tabImports")}
      columns={columns}
      query={imports}
      rowKey={(row) => row.id}
      href={(row) => `/imports/${row.id}`}
      pageSize={4}
      tools={<SearchBox value={text} onChange={setText} placeholder={t("searchImports")} />}
      empty={
        q ? (
          <EmptyState title={t("importsNone")}>{t("importsNoneWhat")}</EmptyState>
        ) : (
          <EmptyState title={t("importsEmpty")}>
            {t("importsEmptyWhat")}
            <p>
              <code className="mono">{t("importsCommand")}</code>
            </p>
          </EmptyState>
        )
      }
    />
  );
}
