import { Link } from "react-router";
import { useTags } from "@/api/queries";
import type { TagRow } from "@/api/types";
import { ButtonLink, Count, DataTable, EmptyState, format, Icon, Page, PageHeader, Part, Section, Tag, TimeText, useFilters, useMay, type Column } from "@/ui";
import { folders, within } from "./folders";
import { words } from "./words";
import "./tags.css";

export default function TagsPage() {
  const t = words.use();
  const may = useMay();
  const tags = useTags();
  const [params] = useFilters();
  const folder = params.get("folder");
  const shown = (tags.data?.items ?? []).filter((tag) => within(tag.folder, folder));
  const create = may("segments.write") && (
    <ButtonLink to={folder ? `/tags/new?folder=${encodeURIComponent(folder)}` : "/tags/new"} type="primary" icon={<Icon name="plus" size={14} />}>{t("newTag")}</ButtonLink>
  );
  return (
    <Page>
      <PageHeader title={t("title")} note={t("note")} actions={create} />
      <div className="tags-split">
        <Part query={tags} height={200}>
          {(data) => <Tree tags={data.items} folder={folder} />}
        </Part>
        <Section flush>
          <TagTable tags={shown} total={tags.data?.of_people ?? 0} query={tags} create={create} />
        </Section>
      </div>
    </Page>
  );
}

function Tree({ tags, folder }: { tags: readonly TagRow[]; folder: string | null }) {
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
        {row(null, t("all"), tags.length, 0)}
        {folders(tags.map((tag) => tag.folder)).map((one) => row(one.path, one.name, one.count, one.level))}
      </ul>
    </nav>
  );
}

interface TagTableProps {
  readonly tags: readonly TagRow[];
  readonly total: number;
  readonly query: ReturnType<typeof useTags>;
  readonly create: React.ReactNode;
}

function TagTable({ tags, total, query, create }: TagTableProps) {
  const t = words.use();
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
      query={{ ...query, data: query.data && { items: tags, total: tags.length } }}
      rowKey={(row) => row.id}
      href={(row) => `/tags/${row.id}`}
      pageSize={6}
      empty={
        <EmptyState title={t("emptyTitle")} action={create}>
          {t("emptyWhat")}
        </EmptyState>
      }
    />
  );
}
