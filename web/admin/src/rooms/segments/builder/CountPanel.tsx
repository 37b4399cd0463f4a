import { Button } from "antd";
import type { Preview } from "@/api/types";
import { Count, ErrorState, format, Seconds, usePick } from "@/ui";
import { words } from "../words";
import { pathsOf, wholeSeconds } from "./cost";

interface Counting {
  readonly data: Preview | undefined;
  readonly error: unknown;
  readonly isFetching: boolean;
  readonly isCounting: boolean;
  readonly refetch: () => unknown;
  readonly countExactly: () => void;
  readonly stop: () => void;
}

interface CountPanelProps {
  readonly preview: Counting;
  /** Conditions that still miss something; the count stands until they are finished. */
  readonly open: number;
}

/** How many people the conditions choose, what they say in words, and how it was counted. */
export function CountPanel({ preview, open }: CountPanelProps) {
  const t = words.use();
  const say = usePick();
  const { data } = preview;
  if (preview.error) return <ErrorState error={preview.error} retry={() => void preview.refetch()} />;
  const waiting = preview.isFetching || open > 0;
  return (
    <div className="count" aria-live="polite" aria-busy={preview.isFetching || preview.isCounting}>
      <p className={waiting ? "count-number waiting" : "count-number"}>
        {data ? <Count value={data.people} /> : "–"}
        <small>{t("people")}</small>
      </p>
      {data && <Share data={data} />}
      {open > 0 && <p className="small warning count-open">{t("incomplete", { n: open })}</p>}
      {data && <p className="count-sentence">{say(data.sentence)}</p>}
      {data && <HowCounted data={data} />}
      {data?.estimate && !waiting && <ExactCount preview={preview} data={data} />}
    </div>
  );
}

/** The part of everyone that was chosen; an estimate shows its bounds. */
function Share({ data }: { data: Preview }) {
  const t = words.use();
  const share = data.of_people > 0 ? data.people / data.of_people : 0;
  return (
    <>
      <div className="count-share" aria-hidden>
        <i style={{ width: `${Math.max(share * 100, data.people ? 0.7 : 0)}%` }} />
      </div>
      <p className="small soft">
        {data.estimate
          ? t("interval", { low: format.count(data.low), high: format.count(data.high) })
          : t("ofPeople", { total: format.count(data.of_people), share: format.percent(share * 1e4) })}
      </p>
    </>
  );
}

function HowCounted({ data }: { data: Preview }) {
  const t = words.use();
  const paths = pathsOf(data.cost).map((path) => t(`c.${path}`));
  return (
    <p className="small soft">
      {t("path", { path: paths.join(t("listComma")) })} <Seconds value={data.seconds} />
    </p>
  );
}

/** What the exact count would take, and the way to have it, or to have it no more. */
function ExactCount({ preview, data }: { preview: Counting; data: Preview }) {
  const t = words.use();
  const { isCounting } = preview;
  return (
    <div className="row wrap">
      <p className="small soft">{t(isCounting ? "countingExactly" : "exactTakes", { n: wholeSeconds(data.cost) })}</p>
      <Button size="small" onClick={isCounting ? preview.stop : preview.countExactly}>
        {t(isCounting ? "stopCounting" : "countExactly")}
      </Button>
    </div>
  );
}
