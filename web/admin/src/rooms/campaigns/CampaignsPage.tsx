import { Select } from "antd";
import { Link } from "react-router";
import { fileAt } from "@/api/client";
import { useCampaigns, type CampaignFilter } from "@/api/queries";
import type { CampaignRow } from "@/api/types";
import { useViews } from "@/api/views";
import { among, ButtonLink, Count, DataTable, EmptyState, FileLink, format, Icon, Page, PageHeader, SearchBox, Section, Tag, TimeText, Unknown, useChosen, useCursor, useFilters, useMay, useSearchText, type Column } from "@/ui";
import { StateTag } from "./states";
import { useChannelName } from "./useChannelName";
import { words } from "./words";
import "./campaigns.css";

const states = ["draft", "live", "done", "stopped"] as const;
const sorts = ["newest", "name", "started"] as const;

export default function CampaignsPage() {
  const t = words.use();
  const may = useMay();
  const channelName = useChannelName();
  const [params, change] = useFilters();
  const { cursor } = useCursor();
  const [text, setText] = useSearchText();
  const views = useViews("campaigns");
  const state = among(states, params.get("state"));
  const sort = among(sorts, params.get("sort")) ?? "newest";
  const wanted = { q: params.get("q") ?? undefined, state, sort };
  const campaigns = useCampaigns({ ...wanted, cursor });
  const filtered = Boolean(wanted.q || state);
  const rows = campaigns.data?.items ?? [];
  const chosen = useChosen(rows.map((row) => row.id));
  const drafted = (row: CampaignRow, value: number) => (row.state === "draft" ? <Unknown /> : <Count value={value} />);
  const columns: Column<CampaignRow>[] = [
    {
      key: "name",
      title: t("colName"),
      sentence: true,
      sort: "name",
      ascending: true,
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
    { key: "started", title: t("colStarted"), numeric: true, sort: "started", render: (row) => <TimeText at={row.started_at} /> },
    { key: "channel", title: t("colChannel"), optional: true, render: (row) => channelName(row.channel) },
  ];
  const create = may("campaigns.write") && (
    <ButtonLink to="/campaigns/new" type="primary" icon={<Icon name="plus" size={14} />}>{t("newCampaign")}</ButtonLink>
  );
  return (
    <Page>
      <PageHeader
        title={t("title")}
        note={t("listNote")}
        actions={
          <>
            {rows.length > 0 && <ListFile asked={wanted} />}
            {may("GET /api/delivery") && <ButtonLink to="/delivery">{t("delivery")}</ButtonLink>}
            {may("GET /api/templates") && <ButtonLink to="/templates">{t("templates")}</ButtonLink>}
            {create}
          </>
        }
      />
      <Section flush>
        <DataTable
          id="campaigns"
          label={t("title")}
          columns={columns}
          query={campaigns}
          sort={{ by: sort, set: (by) => change({ sort: by === sort ? null : by }) }}
          rowKey={(row) => row.id}
          href={(row) => `/campaigns/${row.id}`}
          edit={(row) => (may("campaigns.write") && row.state === "draft" ? `/campaigns/${row.id}/edit` : null)}
          pageSize={5}
          {...(may("campaigns.export") ? { selection: { ...chosen, actions: <ListFile ids={[...chosen.keys].map(Number)} small /> } } : {})}
          views={views}
          tools={
            <>
              <SearchBox value={text} onChange={setText} placeholder={t("searchList")} />
              <Select
                className="campaigns-state"
                aria-label={t("colState")}
                value={state ?? ""}
                onChange={(value: string) => change({ state: value })}
                options={[{ value: "", label: t("anyState") }, ...states.map((value) => ({ value, label: t(`s.${value}`) }))]}
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

/** The list as a file, as it is asked for; ids: of it only these. */
function ListFile({ asked = {}, ids, small = false }: { asked?: CampaignFilter; ids?: readonly number[]; small?: boolean }) {
  const t = words.use();
  const may = useMay();
  if (!may("campaigns.export")) return null;
  return (
    <FileLink file={fileAt("/api/campaigns.csv", { q: asked.q, state: asked.state, sort: asked.sort, ids: ids?.join(",") })} {...(small ? { size: "small" } : {})} icon={<Icon name="download" size={14} />}>
      {t("exportList")}
    </FileLink>
  );
}
