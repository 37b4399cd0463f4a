import { Button } from "antd";
import { Link } from "react-router";
import { useCampaigns } from "@/api/queries";
import type { CampaignRow } from "@/api/types";
import { Count, DataTable, EmptyState, format, Icon, Page, PageHeader, Section, Tag, TimeText, Unknown, useMay, type Column } from "@/ui";
import { StateTag } from "./states";
import { useChannelName } from "./useChannelName";
import { words } from "./words";
import "./campaigns.css";

export default function CampaignsPage() {
  const t = words.use();
  const may = useMay();
  const channelName = useChannelName();
  const campaigns = useCampaigns();
  const drafted = (row: CampaignRow, value: number) => (row.state === "draft" ? <Unknown /> : <Count value={value} />);
  const columns: Column<CampaignRow>[] = [
    {
      key: "name",
      title: t("colName"),
      sentence: true,
      render: (row) => row.name,
    },
    {
      key: "state",
      title: t("colState"),
      phone: true,
      render: (row) => (
        <span className="row">
          <StateTag state={row.state} />
          {row.replay && (
            <span className="wide-only">
              <Tag tone="info">{t("replay")}</Tag>
            </span>
          )}
        </span>
      ),
    },
    { key: "segment", title: t("colSegment"), render: (row) => <Link to={`/segments/${row.segment.id}`} className="link">{row.segment.name || t("segmentGone")}</Link> },
    { key: "treated", title: t("colTreated"), numeric: true, render: (row) => drafted(row, row.treated) },
    { key: "held", title: t("colHeldOut"), numeric: true, render: (row) => drafted(row, row.held_out) },
    { key: "sent", title: t("colSent"), numeric: true, optional: true, render: (row) => drafted(row, row.sent) },
    {
      key: "lift",
      title: t("colLift"),
      unit: t("colLiftUnit"),
      numeric: true,
      phone: true,
      render: (row) => (row.lift_bp === null || row.lift_bp === undefined ? <Unknown /> : format.withSign(row.lift_bp / 100, 2)),
    },
    { key: "started", title: t("colStarted"), numeric: true, render: (row) => <TimeText at={row.started_at} /> },
    { key: "channel", title: t("colChannel"), optional: true, render: (row) => channelName(row.channel) },
  ];
  const create = may("campaigns.write") && (
    <Link to="/campaigns/new">
      <Button type="primary" icon={<Icon name="plus" size={14} />}>
        {t("newCampaign")}
      </Button>
    </Link>
  );
  return (
    <Page>
      <PageHeader title={t("title")} note={t("listNote")} actions={create} />
      <Section flush>
        <DataTable
          id="campaigns"
          label={t("title")}
          columns={columns}
          query={campaigns}
          rowKey={(row) => row.id}
          href={(row) => `/campaigns/${row.id}`}
          pageSize={5}
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
