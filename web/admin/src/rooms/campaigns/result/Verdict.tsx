import type { CampaignResult } from "@/api/types";
import { format, IntervalPlot, Section, useBrand, useLang } from "@/ui";
import { sideOf, verdictOf } from "../verdict";
import { words } from "../words";

const said = {
  nobody: "verdictNobody",
  ratio: "verdictRatio",
  early: "verdictEarly",
  none: "verdictNone",
  up: "verdictUp",
  down: "verdictDown",
} as const;
const tones = { nobody: "soft", ratio: "bad", early: "warning", none: "", up: "good", down: "bad" } as const;
const salesSaid = { none: "salesNone", up: "salesUp", down: "salesDown" } as const;

/** The conclusion in plain words, then the two differences with their intervals. */
export function Verdict({ result }: { result: CampaignResult }) {
  const t = words.use();
  const verdict = verdictOf(result);
  const { lift, sales_lift: sales } = result;
  const placebo = result.replay && verdict === "none";
  const salesSide = sales && result.complete ? sideOf(sales.low_fen, sales.high_fen) : null;
  return (
    <Section title={t("verdictTitle")}>
      <p className={`verdict ${tones[verdict]}`}>
        {t(said[verdict])} {placebo && <span className="soft">{t("verdictPlacebo")}</span>}
      </p>
      {salesSide && (verdict === "none" || verdict === "up" || verdict === "down") && <p className="soft">{t(salesSaid[salesSide])}</p>}
      <div className="verdict-plots">
        {lift && <RateInterval lift={lift} />}
        {sales && <SalesInterval sales={sales} />}
      </div>
    </Section>
  );
}

function RateInterval({ lift }: { lift: NonNullable<CampaignResult["lift"]> }) {
  const t = words.use();
  const lang = useLang();
  const write = (bp: number) => format.pointsDiff(bp, lang);
  const says = t("intervalSays", { value: write(lift.difference_bp), low: write(lift.low_bp), high: write(lift.high_bp) });
  return (
    <figure>
      <figcaption>
        <h3>{t("rateDiff")}</h3>
        <p className="small soft">
          {says} · {t("methodNewcombe")}
        </p>
      </figcaption>
      <IntervalPlot value={lift.difference_bp} low={lift.low_bp} high={lift.high_bp} format={(bp) => format.withSign(bp / 100, 2)} label={`${t("rateDiff")} ${says}`} zeroLabel={t("noDifference")} />
    </figure>
  );
}

function SalesInterval({ sales }: { sales: NonNullable<CampaignResult["sales_lift"]> }) {
  const t = words.use();
  const { currency } = useBrand();
  const write = (fen: number) => format.moneyDiff(fen, currency);
  const says = t("intervalSays", { value: write(sales.difference_fen), low: write(sales.low_fen), high: write(sales.high_fen) });
  return (
    <figure>
      <figcaption>
        <h3>{t("headDiff")}</h3>
        <p className="small soft">
          {says} · {t("methodWelch")}
        </p>
      </figcaption>
      <IntervalPlot value={sales.difference_fen} low={sales.low_fen} high={sales.high_fen} format={write} label={`${t("headDiff")} ${says}`} zeroLabel={t("noDifference")} />
    </figure>
  );
}
