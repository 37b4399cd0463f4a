import { Button } from "antd";
import { Link } from "react-router";
import type { SourceRow, SourceStream } from "@/api/types";
import { Banner, format, Tag, TimeText, toast, toastError, Unknown, useMay, usePick, type Tone } from "@/ui";
import { useReadNow } from "./queries";
import { historyOf, lagOf, stateOf, type State } from "./state";
import { words } from "./words";

const tones: Readonly<Record<State, Tone>> = { off: "plain", failing: "bad", retrying: "warning", history: "info", waiting: "info", good: "good" };

export function StateTag({ source }: { source: SourceRow }) {
  const t = words.use();
  const state = stateOf(source);
  return (
    <Tag tone={tones[state]} dot={state === "good"}>
      {t(`s.${state}`)}
    </Tag>
  );
}

/** How far one stream is behind `now`, in words. */
export function useLagWords(now: number): (source: SourceRow, stream: SourceStream) => string {
  const t = words.use();
  return (source, stream) => {
    const part = historyOf(source, stream);
    if (part !== null) return stream.read_to ? t("readSoFar", { n: format.percent(part * 1e4, 0) }) : t("notYetRead");
    const lag = lagOf(stream, now);
    if (!lag) return t("notYetRead");
    return lag[0] === "none" ? t("upToDate") : t(`behind.${lag[0]}`, { n: format.count(lag[1]) });
  };
}

/** All streams of a source in a line. */
export function StreamsLine({ source, now }: { source: SourceRow; now: number }) {
  const t = words.use();
  const say = usePick();
  const lag = useLagWords(now);
  if (source.streams.length === 0) return <span className="soft">{t(source.hook ? "onlyMessages" : "noStreams")}</span>;
  return (
    <ul className="source-line">
      {source.streams.map((stream) => (
        <li key={stream.key} className={stream.failures > 0 ? "bad" : ""}>
          {say(stream.title)} <span className={stream.failures > 0 ? "" : "soft"}>{stream.failures > 0 ? t("notRead") : lag(source, stream)}</span>
        </li>
      ))}
    </ul>
  );
}

/** How many rows came that could not be understood, leading to where they are mended. */
export function Unread({ n }: { n: number }) {
  const may = useMay();
  if (n === 0 || !may("GET /api/quarantine-groups")) return <>{format.count(n)}</>;
  return (
    <Link to="/quality?tab=fix" className="link">
      {format.count(n)}
    </Link>
  );
}

export function Message({ source }: { source: SourceRow }) {
  return source.message_at ? <TimeText at={source.message_at} /> : <Unknown />;
}

export function useReadAll(): { readonly busy: boolean; readonly run: (source: SourceRow) => void } {
  const t = words.use();
  const read = useReadNow();
  return { busy: read.isPending, run: (source) => read.mutate(source.id, { onSuccess: () => toast(t("readingNow", { name: source.name })), onError: toastError }) };
}

/** What cannot be read, why, what to do about it, and when it is tried again. */
export function Troubles({ source, named }: { source: SourceRow; named?: boolean }) {
  const t = words.use();
  const say = usePick();
  const failing = source.is_on ? source.streams.filter((stream) => stream.failures > 0 && stream.problem) : [];
  const alike = new Map<string, SourceStream[]>();
  for (const stream of failing) {
    const key = `${stream.problem?.code} ${stream.problem?.message}`;
    alike.set(key, [...(alike.get(key) ?? []), stream]);
  }
  return (
    <>
      {[...alike.entries()].map(([key, streams]) => {
        const [first] = streams;
        const what = streams.map((stream) => say(stream.title)).join(t("comma"));
        if (!first?.problem) return null;
        return (
          <Banner
            key={key}
            tone={stateOf(source) === "failing" ? "bad" : "warning"}
            title={named ? t("troubleOf", { name: source.name, what }) : t("trouble", { what })}
            action={
              named && (
                <Link to={`/sources/${source.id}`}>
                  <Button size="small">{t("look")}</Button>
                </Link>
              )
            }
          >
            <p>
              {first.problem.message} {first.problem.hint}
            </p>
            <p className="small soft">
              {t("failedTimes", { n: format.count(Math.max(...streams.map((stream) => stream.failures))) })} <TimeText at={first.next_at} />
            </p>
          </Banner>
        );
      })}
    </>
  );
}
