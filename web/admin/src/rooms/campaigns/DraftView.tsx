import { Button } from "antd";
import { useState } from "react";
import type { Campaign, CampaignPlan } from "@/api/types";
import { Banner, ConfirmTyped, Count, Facts, format, Icon, Money, Part, Section, toast, toastError, useBrand, useMay } from "@/ui";
import { fromCampaign } from "./form/draft";
import { SplitBar } from "./form/Summary";
import { usePlan, usePublish } from "./queries";
import { useReasonWord } from "./states";
import { useChannelName } from "./useChannelName";
import { words } from "./words";

/** A draft: its content, the exact numbers, and the way out. */
export function DraftView({ campaign }: { campaign: Campaign }) {
  const t = words.use();
  const plan = usePlan(campaign.id);
  const year = campaign.replay_on?.slice(0, 4);
  return (
    <>
      {campaign.replay && year && (
        <Banner tone="info" title={t("replayTitle")}>
          {t("replayWhat", { year })}
        </Banner>
      )}
      <div className="split">
        <Section title={t("definition")}>
          <Definition campaign={campaign} left />
        </Section>
        <Section
          title={t("planTitle")}
          note={t("planNote")}
          actions={<Button size="small" type="text" icon={<Icon name="refresh" size={14} />} aria-label={t("replan")} title={t("replan")} loading={plan.isFetching} onClick={() => void plan.refetch()} />}
        >
          <Part query={plan} height={220}>
            {(data) => <Plan campaign={campaign} plan={data} />}
          </Part>
        </Section>
      </div>
    </>
  );
}

export function Definition({ campaign, left }: { campaign: Campaign; left?: boolean }) {
  const t = words.use();
  const channelName = useChannelName();
  const draft = fromCampaign(campaign);
  return (
    <>
      <div className="message-card">
        <b>{draft.title}</b>
        <p>{draft.body}</p>
      </div>
      <Facts
        left={left ?? false}
        items={[
          [t("segment"), campaign.segment.name || t("segmentGone")],
          [t("channel"), channelName(draft.channel)],
          [t("holdout"), `${draft.holdoutPercent}%`],
          [t("quiet"), `${draft.quietFrom} – ${draft.quietTo}`],
          [t("frequency"), `${draft.messages} ${t("messagesIn")} ${draft.days} ${t("days")}`],
          [t("window"), `${draft.windowDays} ${t("days")}`],
          ...(draft.replayOn ? [[t("replayOn"), draft.replayOn] as const] : []),
        ]}
      />
    </>
  );
}

function Plan({ campaign, plan }: { campaign: Campaign; plan: CampaignPlan }) {
  const t = words.use();
  const may = useMay();
  const { currency } = useBrand();
  const reason = useReasonWord();
  const publish = usePublish(campaign.id);
  const [asked, setAsked] = useState(false);
  const suppressed = plan.suppressed.reduce((sum, item) => sum + item.people, 0);
  const sending = plan.treated - suppressed;
  const n = format.count(sending);
  const cost = plan.cost_fen ? t("cost", { cost: format.money(plan.cost_fen, currency) }) : t("costNone");
  const confirm = () =>
    publish.mutate(plan.people, {
      onSuccess: () => {
        setAsked(false);
        toast(t("published"));
      },
      onError: toastError,
    });
  return (
    <div className="stack">
      <p className="summary-send">
        {t("willSendExact", { n })}
        <small className="soft">{cost}</small>
      </p>
      <SplitBar treated={plan.treated} held={plan.held_out} suppressed={suppressed} />
      <Facts
        items={[
          [t("planPeople"), <Count key="p" value={plan.people} />],
          [t("planTreated"), <Count key="t" value={plan.treated} />],
          ...plan.suppressed.map((item) => [`${t("planSuppressed")} · ${reason(item.reason)}`, <Count key={item.reason} value={-item.people} />] as const),
          [t("planHeldOut"), <Count key="h" value={plan.held_out} />],
          [t("planCost"), plan.cost_fen ? <Money key="c" fen={plan.cost_fen} /> : t("costNone")],
        ]}
      />
      {plan.missing.length > 0 && (
        <p className="small warning">
          {plan.missing.map((item) => t("missing", { n: format.count(item.people), name: item.variable })).join(" · ")}
        </p>
      )}
      <Button type="primary" size="large" block disabled={!may("campaigns.publish") || plan.people === 0} onClick={() => setAsked(true)}>
        {t("publishTo", { n })}
      </Button>
      <ConfirmTyped
        open={asked}
        title={t("publishTitle", { name: campaign.name })}
        expected={format.count(plan.people)}
        verb={t("publish")}
        busy={publish.isPending}
        onConfirm={confirm}
        onClose={() => setAsked(false)}
      >
        <p>
          {campaign.replay_on
            ? t("publishReplay", { on: campaign.replay_on })
            : t("publishWhat", { n, held: format.count(plan.held_out) })}
        </p>
        <Facts
          items={[
            [t("planPeople"), <b key="p">{format.count(plan.people)}</b>],
            [t("planSend"), n],
            [t("planHeldOut"), format.count(plan.held_out)],
            [t("planCost"), cost],
          ]}
        />
      </ConfirmTyped>
    </div>
  );
}
