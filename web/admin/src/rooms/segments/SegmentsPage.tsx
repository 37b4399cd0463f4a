import { Select } from "antd";
import { useSegments } from "@/api/queries";
import type { SegmentRow } from "@/api/types";
import { useViews } from "@/api/views";
import { among, ButtonLink, Count, DataTable, EmptyState, Icon, Page, PageHeader, SearchBox, Section, Tag, TimeText, useChosen, useCursor, useFilters, useMay, usePick, useSearchText, type Column } from "@/ui";
import { Chosen, SegmentsFile } from "./Chosen";
import { words } from "./words";
import "./segments.css";

const KINDS = ["dynamic", "static", "failed"] as const;
const SORTS = ["newest", "name", "refreshed"] as const;

export default function SegmentsPage() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const [text, setText] = useSearchText();
  const views = useViews("segments");
  const kind = among(KINDS, params.get("kind"));
  const sort = among(SORTS, params.get("sort")) ?? "newest";
  const wanted = { q: params.get("q") ?? undefined, kind: kind === "failed" ? undefined : kind, failed: kind === "failed" || undefined, sort };
  const segments = useSegments({ ...wanted, cursor });
  const filtered = Boolean(wanted.q || kind);
  const rows = segments.data?.items ?? [];
  const chosen = useChosen(rows.map((row) => row.id));
  const columns: Column<SegmentRow>[] = [
    { key: "name", title: t("colName"), width: 220, sort: "name", ascending: true, render: (row) => row.name },
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
    { key: "refreshed", title: t("colRefreshed"), numeric: true, width: 150, sort: "refreshed", render: (row) => <TimeText at={row.refreshed_at} /> },
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
            {rows.length > 0 && <SegmentsFile asked={wanted} />}
            {create}
          </>
        }
      />
      <Section flush>
        <DataTable
          id="segments"
          label={t("title")}
          columns={columns}
          query={segments}
          sort={{ by: sort, set: (by) => change({ sort: by === sort ? null : by }) }}
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
                value={kind ?? ""}
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
