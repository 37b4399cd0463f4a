import { Button } from "antd";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useChannels } from "@/api/queries";
import { useSegmentChoice } from "@/api/segmentChoice";
import type { Campaign } from "@/api/types";
import { Page, PageHeader, Part, Section, toast, toastError, filled, sound, type Schema } from "@/ui";
import { blank, fromCampaign, missing, toBody, type Draft } from "./form/draft";
import { LimitsFields, WhatFields, WhoFields } from "./form/Fields";
import type { Slots } from "./form/slots";
import { Summary } from "./form/Summary";
import { useCampaign, useSaveCampaign } from "./queries";
import { words } from "./words";
import "./campaigns.css";

export default function CampaignFormPage({ slots }: { slots: Slots }) {
  const t = words.use();
  const { id } = useParams();
  const [params] = useSearchParams();
  const campaignId = id ? Number(id) : null;
  const campaign = useCampaign(campaignId);
  return (
    <Page>
      <PageHeader
        up={campaignId ? { to: `/campaigns/${campaignId}`, title: campaign.data?.name ?? "…" } : { to: "/campaigns", title: t("up") }}
        title={t(campaignId ? "editTitle" : "newCampaign")}
        note={t("formNote")}
      />
      {campaignId ? (
        <Part query={campaign} height={400}>
          {(data) => <Form slots={slots} saved={data} start={fromCampaign(data)} />}
        </Part>
      ) : (
        <Form slots={slots} saved={null} start={blank(Number(params.get("segment_id")) || null)} />
      )}
    </Page>
  );
}

function Form({ slots: { Texts, Reach, Preview }, saved, start }: { slots: Slots; saved: Campaign | null; start: Draft }) {
  const t = words.use();
  const navigate = useNavigate();
  const channels = useChannels();
  const save = useSaveCampaign(saved?.id ?? null);
  const [draft, setDraft] = useState(start);
  const segments = useSegmentChoice(draft.segment);
  const [tried, setTried] = useState(false);
  const segment = segments.own;
  const channel = channels.data?.find((item) => item.key === draft.channel);
  const schema = (channel?.config_schema ?? {}) as Schema;
  const faults = [...missing(draft), ...(sound(schema, draft.config) ? [] : (["config"] as const))];
  const wrong = new Set(tried ? faults : []);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const submit = () => {
    setTried(true);
    if (faults.length > 0) return;
    save.mutate(toBody(draft, filled(schema, draft.config)), {
      onSuccess: (campaign) => {
        toast(t("saved"));
        void navigate(`/campaigns/${campaign.id}`);
      },
      onError: toastError,
    });
  };
  const props = { draft, set, wrong };
  const said = faults.includes("body") || faults.includes("config") ? null : { channel: draft.channel, config: filled(schema, draft.config), message: { title: draft.title, body: draft.body, link: draft.link.trim() }, ...(draft.template === null ? {} : { template_id: draft.template }) };
  return (
    <form
      className="split"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Section flush>
        <WhoFields {...props} segments={segments} people={segment?.people ?? null} />
        <WhatFields {...props} Texts={Texts} />
        <LimitsFields {...props} />
      </Section>
      <aside className="stack campaign-side">
        <Summary draft={draft} segment={segment} />
        {draft.segment !== null && <Reach segment={draft.segment} channel={draft.channel} messages={draft.messages} days={draft.days} />}
        <Button type="primary" size="large" htmlType="submit" block loading={save.isPending}>
          {t("saveDraft")}
        </Button>
        <Preview said={said} />
      </aside>
    </form>
  );
}
