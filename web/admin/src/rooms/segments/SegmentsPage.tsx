import { Button } from "antd";
import { Link } from "react-router";
import { useSegments } from "@/api/queries";
import type { SegmentRow } from "@/api/types";
import { Count, DataTable, EmptyState, Icon, Page, PageHeader, Section, Tag, TimeText, useMay, usePick, type Column } from "@/ui";
import { words } from "./words";
import "./segments.css";

export default function SegmentsPage() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const segments = useSegments();
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
    <Link to="/segments/new">
      <Button type="primary" icon={<Icon name="plus" size={14} />}>
        {t("newSegment")}
      </Button>
    </Link>
  );
  return (
    <Page>
      <PageHeader title={t("title")} note={t("listNote")} actions={create} />
      <Section flush>
        <DataTable
          id="segments"
          label={t("title")}
          columns={columns}
          query={segments}
          rowKey={(row) => row.id}
          href={(row) => `/segments/${row.id}`}
          pageSize={6}
          empty={
            <EmptyState title={t("emptyTitle")} action={create}>
              {t("emptyWhat")}
            </EmptyState>
          }
        />
      </Section>
    </Page>
  );
}
