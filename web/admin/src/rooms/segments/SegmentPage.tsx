import type { ComponentType } from "react";
import { useNavigate, useParams } from "react-router";
import { fileAt } from "@/api/client";
import type { Segment } from "@/api/types";
import { ButtonLink, Count, format, Icon, More, Page, PageHeader, Part, Section, Tabs, Tag, TimeText, toast, toastError, useBrand, useMay, usePick, useTab, type MoreItem } from "@/ui";
import { AudiencesTab } from "./audiences/AudiencesTab";
import { words as audienceWords } from "./audiences/words";
import { DiffsTab } from "./DiffsTab";
import { MembersTab } from "./MembersTab";
import { useDeleteSegment, useRefreshSegment, useRestoreSegment, useSegment } from "./queries";
import { SimilarTab } from "./similar/SimilarTab";
import { useWhyTitle } from "./similar/titles";
import { words as similarWords } from "./similar/words";
import { words } from "./words";
import "./segments.css";

interface Slots {
  readonly reach: { readonly title: string; readonly Tab: ComponentType<{ segment: number }> };
}

/** One segment; `reach`: whom of it each channel reaches, told by the room that sends. */
export default function SegmentPage({ reach }: Slots) {
  const t = words.use();
  const id = Number(useParams()["id"]);
  const segment = useSegment(id);
  return (
    <Page>
      <PageHeader
        up={segment.data?.origin === "tag" ? { to: "/tags", title: t("toTag") } : { to: "/segments", title: t("up") }}
        name={segment.data?.name ?? t("title")}
        title={
          <>
            {segment.data?.name ?? (segment.isError ? t("title") : "…")}
            {segment.data && <Tag>{t(segment.data.origin === "tag" ? "byTag" : segment.data.kind === "dynamic" ? "dynamic" : "static")}</Tag>}
          </>
        }
        note={segment.data?.description}
        actions={segment.data && <Actions segment={segment.data} />}
      />
      <Part query={segment} height={260}>
        {(data) => <Told data={data} reach={reach} />}
      </Part>
    </Page>
  );
}

function Told({ data, reach }: { data: Segment } & Slots) {
  const t = words.use();
  const say = usePick();
  const { zone } = useBrand();
  const audiences = audienceWords.use();
  const whyTitle = useWhyTitle();
  const alike = data.origin === "lookalike";
  const tabs = [
    { key: "members", title: t("tabMembers"), count: data.people },
    ...(alike ? [{ key: "similar", title: whyTitle }] : []),
    { key: "reach", title: reach.title },
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
        {tab === "reach" && <reach.Tab segment={data.id} />}
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
  const restore = useRestoreSegment();
  const back = () => restore.mutate(segment.id, { onSuccess: () => toast(t("restored", { name: segment.name })), onError: toastError });
  const ofTag = segment.origin === "tag";
  const write = may("segments.write") && !ofTag;
  const similar = similarWords.use();
  const drop = () =>
    void remove.mutateAsync(segment.id).then(() => {
      toast(t("deleted", { name: segment.name }), "good", back);
      void navigate("/segments");
    }, toastError);
  const items: (MoreItem | false)[] = [
    write && segment.people > 0 && { key: "similar", icon: "segments", label: similar("title"), to: `/segments/${segment.id}/similar` },
    write && segment.kind === "dynamic" && { key: "refresh", label: t("refresh"), icon: "refresh", onClick: () => refresh.mutate(undefined, { onSuccess: () => toast(t("refreshed")), onError: toastError }) },
    may("segments.export") && { key: "export", icon: "download", label: t("export"), file: fileAt(`/api/segments/${segment.id}/export.csv`) },
    write && { key: "delete", danger: true, label: t("delete"), icon: "trash", onClick: drop },
  ];
  return (
    <>
      <More items={items} />
      {write && (
        <ButtonLink to={`/segments/${segment.id}/edit`} icon={<Icon name="edit" size={14} />}>{t("edit")}</ButtonLink>
      )}
      {may("campaigns.write") && (
        <ButtonLink to={`/campaigns/new?segment_id=${segment.id}`} type="primary">{t("use")}</ButtonLink>
      )}
    </>
  );
}
