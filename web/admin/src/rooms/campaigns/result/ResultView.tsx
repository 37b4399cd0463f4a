import type { Campaign, CampaignResult } from "@/api/types";
import { Banner, Count, Facts, Figure, Figures, format, Part, Section, Skeleton, Tabs, useTab } from "@/ui";
import { Definition } from "../DraftView";
import { useResult } from "../queries";
import { useReasonWord } from "../states";
import { useChannelName } from "../useChannelName";
import { words } from "../words";
import { Arms } from "./Arms";
import { CampaignPeople } from "./CampaignPeople";
import { Verdict } from "./Verdict";

interface Told {
  readonly campaign: Campaign;
  readonly result: CampaignResult;
}

/** What the campaign did and what it brought, against those it left alone. */
export function ResultView({ campaign }: { campaign: Campaign }) {
  const result = useResult(campaign.id);
  if (!result.data && !result.error) return <Skeleton height={420} />;
  return <Part query={result}>{(data) => <Result campaign={campaign} result={data} />}</Part>;
}

function Result({ campaign, result }: Told) {
  const t = words.use();
  const tab = useTab(["result", "people", "content"]);
  const channelName = useChannelName();
  const { window } = result;
  return (
    <>
      {result.replay && (
        <Banner tone="info" title={t("replayTitle")}>
          <p>{t("replayWhat", { year: window.from.slice(0, 4) })}</p>
          {result.consent_basis && <p className="small soft">{t("consentBasis", { basis: result.consent_basis })}</p>}
        </Banner>
      )}
      {!result.complete && <Banner tone="warning">{t("windowOpen", { to: window.to })}</Banner>}
      <Reach result={result} />
      <p className="small soft result-note">
        {t("resultNote", { segment: campaign.segment.name || t("segmentGone"), channel: channelName(campaign.channel.key), from: window.from, to: format.shiftDay(window.to, -1) })}
      </p>
      <div className="result-tabs">
        <Tabs
          label={campaign.name}
          tabs={[
            { key: "result", title: t("tabResult") },
            { key: "people", title: t("peopleTitle"), count: result.entered },
            { key: "content", title: t("definition") },
          ]}
        />
      </div>
      {tab === "result" && <Brought result={result} />}
      {tab === "people" && <CampaignPeople id={campaign.id} />}
      {tab === "content" && (
        <Section>
          <Definition campaign={campaign} left />
        </Section>
      )}
    </>
  );
}

function Brought({ result }: { result: CampaignResult }) {
  return (
    <>
      <Verdict result={result} />
      <Arms result={result} />
      <div className="halves">
        <Suppressed result={result} />
        <SampleRatio result={result} />
      </div>
    </>
  );
}

const suppressedOf = (result: CampaignResult): number => result.suppressed.reduce((sum, item) => sum + item.people, 0);

function Reach({ result }: { result: CampaignResult }) {
  const t = words.use();
  const trouble = result.unknown + result.failed + result.waiting;
  return (
    <Figures>
      <Figure label={t("entered")} value={<Count value={result.entered} />} about={t("enteredAbout")} to="?tab=people" />
      <Figure label={t("treated")} value={<Count value={result.treated} />} about={t("treatedAbout")} to="?tab=people&arm=treated" />
      <Figure label={t("sent")} value={<Count value={result.sent} />} about={t("sentAbout")} to="?tab=people&state=sent" />
      <Figure label={t("suppressed")} value={<Count value={suppressedOf(result)} />} about={t("suppressedAbout")} to="?tab=people&state=suppressed" />
      <Figure label={t("heldOut")} value={<Count value={result.held_out} />} about={t("heldOutAbout")} to="?tab=people&arm=held_out" />
      <Figure
        label={t("trouble")}
        value={<Count value={trouble} />}
        about={t("troubleAbout", { unknown: result.unknown, failed: result.failed, waiting: result.waiting })}
        to={trouble ? `?tab=people&state=${result.unknown ? "unknown" : result.failed ? "failed" : "waiting"}` : undefined}
      />
    </Figures>
  );
}

function Suppressed({ result }: { result: CampaignResult }) {
  const t = words.use();
  const reason = useReasonWord();
  return (
    <Section title={t("suppressedTitle")}>
      {result.suppressed.length === 0 ? (
        <p className="soft">{t("suppressedNone")}</p>
      ) : (
        <Facts items={result.suppressed.map((item) => [reason(item.reason), <Count key={item.reason} value={item.people} />] as const)} />
      )}
    </Section>
  );
}

function SampleRatio({ result }: { result: CampaignResult }) {
  const t = words.use();
  const check = result.sample_ratio;
  if (!check) return null;
  const facts = {
    expected: format.percent(check.expected_bp),
    actual: format.percent(result.entered ? (result.held_out / result.entered) * 1e4 : 0),
    p: check.p_value < 0.001 ? "< 0.001" : check.p_value.toFixed(3),
  };
  return (
    <Section title={t("ratioTitle")}>
      <p className={check.ok ? "good" : "bad"}>{t(check.ok ? "ratioOk" : "ratioBad", facts)}</p>
      {result.crossed > 0 && <p className="soft">{t("crossed", { n: format.count(result.crossed) })}</p>}
    </Section>
  );
}
