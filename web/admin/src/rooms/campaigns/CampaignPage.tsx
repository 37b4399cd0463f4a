import { Button, Modal } from "antd";
import { useState } from "react";
import { useParams } from "react-router";
import type { Campaign } from "@/api/types";
import { ButtonLink, Icon, Page, PageHeader, Part, Tag, toast, toastError, useMay } from "@/ui";
import { DraftView } from "./DraftView";
import { useCampaign, useStop } from "./queries";
import { ResultView } from "./result/ResultView";
import { StateTag } from "./states";
import { words } from "./words";
import "./campaigns.css";

export default function CampaignPage() {
  const t = words.use();
  const id = Number(useParams()["id"]);
  const campaign = useCampaign(id);
  return (
    <Page>
      <PageHeader
        up={{ to: "/campaigns", title: t("up") }}
        name={campaign.data?.name ?? t("title")}
        title={
          <>
            {campaign.data?.name ?? (campaign.isError ? t("title") : "…")}
            {campaign.data && <StateTag state={campaign.data.state} />}
            {campaign.data?.replay && <Tag tone="info">{t("replay")}</Tag>}
          </>
        }
        note={campaign.data?.state === "draft" ? t("draftWhat") : undefined}
        actions={campaign.data && <Actions campaign={campaign.data} />}
      />
      <Part query={campaign} height={360}>
        {(data) => (data.state === "draft" ? <DraftView campaign={data} /> : <ResultView campaign={data} />)}
      </Part>
    </Page>
  );
}

function Actions({ campaign }: { campaign: Campaign }) {
  const t = words.use();
  const may = useMay();
  const stop = useStop(campaign.id);
  const [asked, setAsked] = useState(false);
  if (campaign.state === "draft")
    return may("campaigns.write") ? (
      <ButtonLink to={`/campaigns/${campaign.id}/edit`} icon={<Icon name="edit" size={14} />}>{t("edit")}</ButtonLink>
    ) : null;
  if (campaign.state !== "live" || !may("campaigns.publish")) return null;
  const confirm = () =>
    stop.mutate(undefined, {
      onSuccess: () => {
        toast(t("stopped"));
        setAsked(false);
      },
      onError: toastError,
    });
  return (
    <>
      <Button icon={<Icon name="stop" size={14} />} onClick={() => setAsked(true)}>
        {t("stop")}
      </Button>
      <Modal open={asked} title={t("stopTitle", { name: campaign.name })} okText={t("stop")} confirmLoading={stop.isPending} onOk={confirm} onCancel={() => setAsked(false)} width={440}>
        {t("stopWhat")}
      </Modal>
    </>
  );
}
