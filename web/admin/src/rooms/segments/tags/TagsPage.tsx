import { Link } from "react-router";
import { useTags } from "@/api/queries";
import type { TagRow } from "@/api/types";
import { ButtonLink, Count, DataTable, EmptyState, format, Icon, Page, PageHeader, Part, SearchBox, Section, Tag, TimeText, useCursor, useFilters, useMay, useSearchText, type Column } from "@/ui";
import { folders } from "./folders";
import { words } from "./words";
import "./tags.css";

export default function TagsPage() {
  const t = words.use();
  const may = useMay();
  const [params] = useFilters();
  const { cursor } = useCursor();
  const folder = params.get("folder");
  const q = params.get("q") ?? undefined;
  const tags = useTags({ q, folder: folder ?? undefined, cursor: Number(cursor) || undefined });
  const create = may("segments.write") && (
    <ButtonLink to={folder ? `/tags/new?folder=${encodeURIComponent(folder)}` : "/tags/new"} type="primary" icon={<Icon name="plus" size={14} />}>{t("newTag")}</ButtonLink>
  );
  return (
    <Page>
      <PageHeader title={t("title")} note={t("note")} actions={create} />
      <div className="tags-split">
        <Part query={tags} height={200}>
          {(data) => <Tree counts={data.folders} folder={folder} />}
        </Part>
        <Section flush>
          <TagTable query={tags} filtered={Boolean(q)} create={create} />
        </Section>
      </div>
    </Page>
  );
}

function Tree({ counts, folder }: { counts: Readonly<Record<string, number>>; folder: string | null }) {
  const t = words.use();
  const row = (path: string | null, title: string, count: number, level: number) => (
    <li key={path ?? "*"}>
      <Link
        to={path === null ? "/tags" : `/tags?folder=${encodeURIComponent(path)}`}
        className={path === folder ? "tags-folder on" : "tags-folder"}
        aria-current={path === folder ? "page" : undefined}
        style={{ paddingLeft: 12 + level * 16 }}
      >
        <span>{title}</span>
        <small>{count}</small>
      </Link>
    </li>
  );
  return (
    <nav className="tags-tree" aria-label={t("folders")}>
      <ul>
        {row(null, t("all"), Object.values(counts).reduce((sum, count) => sum + count, 0), 0)}
        {folders(counts).map((one) => row(one.path, one.name, one.count, one.level))}
      </ul>
    </nav>
  );
}

interface TagTableProps {
  readonly query: ReturnType<typeof useTags>;
  readonly filtered: boolean;
  readonly create: React.ReactNode;
}

function TagTable({ query, filtered, create }: TagTableProps) {
  const t = words.use();
  const [text, setText] = useSearchText();
  const total = query.data?.of_people ?? 0;
  const columns: Column<TagRow>[] = [
    { key: "name", title: t("colName"), width: 170, render: (row) => row.name },
    {
      key: "origin",
      title: t("colOrigin"),
      width: 130,
      render: (row) => (
        <span className="row">
          <Tag>{t(`origin.${row.origin}`)}</Tag>
          {row.state === "failed" && <Tag tone="bad">{t("failed")}</Tag>}
        </span>
      ),
    },
    { key: "values", title: t("colValues"), sentence: true, render: (row) => <span className="soft">{row.values.map((value) => value.label).join(" · ")}</span> },
    { key: "people", title: t("colPeople"), numeric: true, width: 100, phone: true, render: (row) => <Count value={row.people} /> },
    { key: "share", title: t("colCoverage"), numeric: true, width: 90, phone: true, render: (row) => (total ? format.percent((row.people / total) * 1e4) : "–") },
    { key: "refreshed", title: t("colRefreshed"), numeric: true, width: 150, render: (row) => <TimeText at={row.refreshed_at} /> },
    { key: "owner", title: t("colOwner"), optional: true, render: (row) => row.owner },
    { key: "folder", title: t("colFolder"), optional: true, render: (row) => row.folder },
  ];
  return (
    <DataTable
      id="tags"
      label={t("title")}
      columns={columns}
      query={query}
      tools={<SearchBox value={text} onChange={setText} placeholder={t("searchList")} />}
      rowKey={(row) => row.id}
      href={(row) => `/tags/${row.id}`}
      pageSize={6}
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
  );
}
