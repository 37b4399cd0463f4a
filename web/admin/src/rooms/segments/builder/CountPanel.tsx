import type { Preview } from "@/api/types";
import { Count, ErrorState, format, Seconds, usePick } from "@/ui";
import { words } from "../words";

interface CountPanelProps {
  readonly preview: { readonly data: Preview | undefined; readonly error: unknown; readonly isFetching: boolean; readonly refetch: () => unknown };
  /** Conditions that still miss something; the count stands until they are finished. */
  readonly open: number;
}

const PATHS: readonly string[] = ["bitmap", "state", "arrays", "scan"];

/** How many people the conditions choose, what they say in words, and how it was counted. */
export function CountPanel({ preview, open }: CountPanelProps) {
  const t = words.use();
  const say = usePick();
  const { data } = preview;
  if (preview.error) return <ErrorState error={preview.error} retry={() => void preview.refetch()} />;
  const waiting = preview.isFetching || open > 0;
  return (
    <div className="count" aria-live="polite" aria-busy={preview.isFetching}>
      <p className={waiting ? "count-number waiting" : "count-number"}>
        {data ? <Count value={data.people} /> : "–"}
        <small>{t("people")}</small>
      </p>
      {data && <Share data={data} />}
      {open > 0 && <p className="small warning count-open">{t("incomplete", { n: open })}</p>}
      {data && <p className="count-sentence">{say(data.sentence)}</p>}
      {data && (
        <p className="small soft">
          {t("path", { path: PATHS.includes(data.path) ? t(`p.${data.path as "scan"}`) : data.path })} <Seconds value={data.seconds} />
        </p>
      )}
    </div>
  );
}

/** The part of everyone that was chosen; an estimate shows its bounds until the exact count arrives. */
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
