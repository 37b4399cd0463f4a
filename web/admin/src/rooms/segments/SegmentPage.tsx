import { Button, Dropdown } from "antd";
import { Link, useNavigate, useParams } from "react-router";
import { session } from "@/api/client";
import type { Segment } from "@/api/types";
import { Count, format, Icon, Page, PageHeader, Part, Section, Tabs, Tag, TimeText, toast, toastError, undoable, useBrand, useMay, usePick, useTab } from "@/ui";
import { AudiencesTab } from "./audiences/AudiencesTab";
import { words as audienceWords } from "./audiences/words";
import { DiffsTab } from "./DiffsTab";
import { MembersTab } from "./MembersTab";
import { useDeleteSegment, useRefreshSegment, useSegment } from "./queries";
import { SimilarTab } from "./similar/SimilarTab";
import { useWhyTitle } from "./similar/titles";
import { words as similarWords } from "./similar/words";
import { words } from "./words";
import "./segments.css";

export default function SegmentPage() {
  const t = words.use();
  const id = Number(useParams()["id"]);
  const segment = useSegment(id);
  return (
    <Page>
      <PageHeader
        up={{ to: "/segments", title: t("up") }}
        name={segment.data?.name ?? t("title")}
        title={
          <>
            {segment.data?.name ?? "…"}
            {segment.data && <Tag>{t(segment.data.kind === "dynamic" ? "dynamic" : "static")}</Tag>}
          </>
        }
        note={segment.data?.description}
        actions={segment.data && <Actions segment={segment.data} />}
      />
      <Part query={segment} height={260}>
        {(data) => <Told data={data} />}
      </Part>
    </Page>
  );
}

function Told({ data }: { data: Segment }) {
  const t = words.use();
  const say = usePick();
  const { zone } = useBrand();
  const audiences = audienceWords.use();
  const whyTitle = useWhyTitle();
  const alike = data.origin === "lookalike";
  const tabs = [
    { key: "members", title: t("tabMembers"), count: data.people },
    ...(alike ? [{ key: "similar", title: whyTitle }] : []),
    { key: "diffs", title: t("tabDiffs") },
    { key: "audiences", title: audiences("tab") },
  ];
  const tab = useTab(tabs.map((one) => one.key));
  return (
    <>
      <div className="segment-head">
        <div className="segment-count" title={data.refreshed_at ? t("peopleAbout", { at: format.dateTime(data.refreshed_at, zone) }) : undefined}>
          <b>
            <Count value={data.people} />
          </b>
          <span className="soft">{t("people")}</span>
        </div>
        <div className="segment-rule">
          <p className="segment-sentence" title={say(data.sentence)}>{say(data.sentence)}</p>
          <p className="small soft">
            {t("colRefreshed")} <TimeText at={data.refreshed_at} /> · {t("colVersion")} {data.version}
          </p>
        </div>
      </div>
      <Section flush>
        <Tabs label={data.name} tabs={tabs} />
        {tab === "members" && <MembersTab id={data.id} />}
        {tab === "similar" && <SimilarTab id={data.id} />}
        {tab === "diffs" && <DiffsTab id={data.id} />}
        {tab === "audiences" && <AudiencesTab segment={data} />}
      </Section>
    </>
  );
}

function Actions({ segment }: { segment: Segment }) {
  const t = words.use();
  const may = useMay();
  const navigate = useNavigate();
  const refresh = useRefreshSegment(segment.id);
  const remove = useDeleteSegment();
  const write = may("segments.write");
  const similar = similarWords.use();
  const items = [
    ...(write && segment.people > 0 ? [{ key: "similar", icon: <Icon name="segments" size={14} />, label: <Link to={`/segments/${segment.id}/similar`}>{similar("title")}</Link> }] : []),
    ...(write && segment.kind === "dynamic" ? [{ key: "refresh", label: t("refresh"), icon: <Icon name="refresh" size={14} />, onClick: () => refresh.mutate(undefined, { onSuccess: () => toast(t("refreshed")), onError: toastError }) }] : []),
    ...(may("segments.export") ? [{ key: "export", icon: <Icon name="download" size={14} />, label: <a href={`/api/segments/${segment.id}/export.csv?brand_id=${session.brandId}`} download>{t("export")}</a> }] : []),
    ...(write
      ? [
          {
            key: "delete",
            danger: true,
            label: t("delete"),
            icon: <Icon name="trash" size={14} />,
            onClick: () => {
              undoable(t("deleted", { name: segment.name }), () => remove.mutate(segment.id, { onError: toastError }));
              void navigate("/segments");
            },
          },
        ]
      : []),
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
        <Button icon={<Icon name="more" />} aria-label={t("refresh")} />
      </Dropdown>
      {write && (
        <Link to={`/segments/${segment.id}/edit`}>
          <Button icon={<Icon name="edit" size={14} />}>{t("edit")}</Button>
        </Link>
      )}
      {may("campaigns.write") && (
        <Link to={`/campaigns/new?segment_id=${segment.id}`}>
          <Button type="primary">{t("use")}</Button>
        </Link>
      )}
    </>
  );
}
