import { Select } from "antd";
import { useSegments } from "@/api/queries";
import type { SegmentRow } from "@/api/types";
import { useViews } from "@/api/views";
import { ButtonLink, Count, DataTable, EmptyState, Icon, Page, PageHeader, SearchBox, Section, Tag, TimeText, useFilters, useMay, useNarrowed, usePick, useSearchText, type Column } from "@/ui";
import { Chosen, SegmentsFile } from "./Chosen";
import { words } from "./words";
import "./segments.css";

export default function SegmentsPage() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const segments = useSegments();
  const [params, change] = useFilters();
  const [text, setText] = useSearchText();
  const views = useViews("segments");
  const [q, kind] = [(params.get("q") ?? "").toLowerCase(), params.get("kind") ?? ""];
  const fits = (row: SegmentRow) => row.name.toLowerCase().includes(q) && (!kind || (kind === "failed" ? row.state === "failed" : row.kind === kind));
  const filtered = Boolean(q || kind);
  const { rows, chosen, data, ids } = useNarrowed(segments.data, filtered ? fits : null);
  const columns: Column<SegmentRow>[] = [
    { key: "name", title: t("colName"), width: 220, render: (row) => row.name },
    { key: "people", title: t("colPeople"), numeric: true, width: 96, phone: true, render: (row) => <Count value={row.people} /> },
    {
      key: "kind",
      title: t("colKind"),
      width: 110,
      render: (row) => (
        <span className="row">
          <Tag>{t(row.kind === "dynamic" ? "dynamic" : "static")}</Tag>
          {row.state === "failed" && <Tag tone="bad">{t("failed")}</Tag>}
          {row.state === "refreshing" && <Tag tone="info">{t("refreshing")}</Tag>}
        </span>
      ),
    },
    { key: "rule", title: t("colRule"), sentence: true, render: (row) => <span className="soft" title={say(row.sentence)}>{say(row.sentence)}</span> },
    { key: "refreshed", title: t("colRefreshed"), numeric: true, width: 150, render: (row) => <TimeText at={row.refreshed_at} /> },
    { key: "version", title: t("colVersion"), numeric: true, optional: true, render: (row) => <Count value={row.version} /> },
  ];
  const create = may("segments.write") && (
    <ButtonLink to="/segments/new" type="primary" icon={<Icon name="plus" size={14} />}>{t("newSegment")}</ButtonLink>
  );
  return (
    <Page>
      <PageHeader
        title={t("title")}
        note={t("listNote")}
        actions={
          <>
            {rows.length > 0 && <SegmentsFile ids={ids} />}
            {create}
          </>
        }
      />
      <Section flush>
        <DataTable
          id="segments"
          label={t("title")}
          columns={columns}
          query={{ ...segments, data }}
          rowKey={(row) => row.id}
          href={(row) => `/segments/${row.id}`}
          edit={(row) => (may("segments.write") ? `/segments/${row.id}/edit` : null)}
          pageSize={6}
          {...(may("segments.export") || may("segments.write")
            ? { selection: { ...chosen, actions: <Chosen rows={rows.filter((row) => chosen.keys.has(row.id))} done={() => chosen.set(new Set())} /> } }
            : {})}
          views={views}
          tools={
            <>
              <SearchBox value={text} onChange={setText} placeholder={t("searchList")} />
              <Select
                className="segments-kind"
                aria-label={t("colKind")}
                value={kind}
                onChange={(value: string) => change({ kind: value })}
                options={[
                  { value: "", label: t("anyKind") },
                  { value: "dynamic", label: t("dynamic") },
                  { value: "static", label: t("static") },
                  { value: "failed", label: t("failed") },
                ]}
              />
            </>
          }
          empty={
            filtered ? (
              <EmptyState title={t("noneFits")}>{t("noneFitsWhat")}</EmptyState>
            ) : (
              <EmptyState title={t("emptyTitle")} action={create}>
                {t("emptyWhat")}
              </EmptyState>
            )
          }
        />
      </Section>
    </Page>
  );
}
