import { Modal } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useTags } from "@/api/queries";
import type { TagRow } from "@/api/types";
import { Banner, ButtonLink, Count, format, Icon, More, Page, PageHeader, Part, Section, Tabs, Tag, TimeText, toast, toastError, useMay, useTab, type MoreItem } from "@/ui";
import { ChangesTab } from "./ChangesTab";
import { CoverageTab } from "./CoverageTab";
import { ReceivedTab } from "./ReceivedTab";
import { SettingsTab } from "./SettingsTab";
import { useCollect, useRetireTag, useTag } from "./queries";
import { words } from "./words";
import "../segments.css";
import "./tags.css";

export default function TagPage() {
  const t = words.use();
  const id = Number(useParams()["id"]);
  const tag = useTag(id);
  return (
    <Page>
      <PageHeader
        up={{ to: tag.data?.folder ? `/tags?folder=${encodeURIComponent(tag.data.folder)}` : "/tags", title: tag.data?.folder || t("title") }}
        name={tag.data?.name ?? t("title")}
        title={
          <>
            {tag.data?.name ?? (tag.isError ? t("title") : "…")}
            {tag.data && <Tag>{t(`origin.${tag.data.origin}`)}</Tag>}
          </>
        }
        note={tag.data?.description}
        actions={tag.data && <Actions tag={tag.data} />}
      />
      <Part query={tag} height={260}>
        {(data) => <Told data={data} />}
      </Part>
    </Page>
  );
}

function Told({ data }: { data: TagRow }) {
  const t = words.use();
  const total = useTags({ limit: 1 }).data?.of_people ?? 0;
  const tabs = [
    { key: "coverage", title: t("tabCoverage") },
    ...(data.origin === "manual" ? [{ key: "settings", title: t("tabSettings") }] : []),
    ...(data.origin === "imported" ? [{ key: "received", title: t("tabReceived") }] : []),
    { key: "changes", title: t("tabChanges") },
  ];
  const tab = useTab(tabs.map((one) => one.key));
  return (
    <>
      {data.state === "failed" && <Banner tone="bad">{t("failedWhy", { why: data.error })}</Banner>}
      <div className="segment-head">
        <div className="segment-count">
          <b>
            <Count value={data.people} />
          </b>
          <span className="soft">{total ? t("ofAll", { share: format.percent((data.people / total) * 1e4) }) : t("people")}</span>
        </div>
        <div className="segment-rule">
          <p className="segment-sentence">
            <Source tag={data} />
          </p>
          <p className="small soft">
            {t("colOwner")} {data.owner} · {t("colRefreshed")} <TimeText at={data.refreshed_at} />
          </p>
        </div>
      </div>
      <Section flush>
        <Tabs label={data.name} tabs={tabs} />
        {tab === "coverage" && <CoverageTab tag={data} total={total} />}
        {tab === "settings" && <SettingsTab tag={data} />}
        {tab === "received" && <ReceivedTab tag={data} />}
        {tab === "changes" && <ChangesTab tag={data} />}
      </Section>
    </>
  );
}

/** Where the values come from, in a sentence. */
function Source({ tag }: { tag: TagRow }) {
  const t = words.use();
  const attribute = tag.definition["attribute"];
  return <>{tag.origin === "imported" ? t("from.imported", { attribute: String(attribute) }) : t(`from.${tag.origin}`)}</>;
}

function Actions({ tag }: { tag: TagRow }) {
  const t = words.use();
  const may = useMay();
  const navigate = useNavigate();
  const retire = useRetireTag();
  const [asking, ask] = useState(false);
  const end = () =>
    retire.mutate(tag.id, {
      onSuccess: () => {
        toast(t("retired", { name: tag.name }));
        void navigate("/tags");
      },
      onError: toastError,
    });
  const collect = useCollect(tag.id);
  if (!may("segments.write")) return null;
  const items: (MoreItem | false)[] = [
    tag.origin === "imported" && { key: "collect", icon: "refresh", label: t("collect"), onClick: () => collect.mutate(undefined, { onSuccess: () => toast(t("collecting")), onError: toastError }) },
    {
      key: "retire",
      danger: true,
      icon: "trash",
      label: t("retire"),
      onClick: () => ask(true),
    },
  ];
  return (
    <>
      <More items={items} />
      <Modal open={asking} width={440} title={t("retireTitle", { name: tag.name })} okText={t("retire")} okButtonProps={{ danger: true, loading: retire.isPending }} cancelText={t("cancel")} onCancel={() => ask(false)} onOk={end}>
        <p>{t("retireWhat")}</p>
      </Modal>
      <ButtonLink to={`/tags/${tag.id}/edit`} type="primary" icon={<Icon name="edit" size={14} />}>{t("edit")}</ButtonLink>
    </>
  );
}
