import { format, Section } from "@/ui";
import { words } from "../words";
import { split, type Draft } from "./draft";

/** In one glance, what saving and publishing this would do. */
export function Summary({ draft, segment }: { draft: Draft; segment: { readonly name: string; readonly people: number } | undefined }) {
  const t = words.use();
  if (!segment)
    return (
      <Section title={t("summary")}>
        <p className="soft">{t("chooseFirst")}</p>
      </Section>
    );
  const { treated, held } = split(segment.people, draft.holdoutPercent);
  return (
    <Section title={t("summary")}>
      <p className="summary-send">{draft.replayOn ? t("nothingSent") : t("willSend", { n: format.count(treated) })}</p>
      <SplitBar treated={treated} held={held} />
      <p>{t("keptBack", { n: format.count(held) })}</p>
      <p className="small soft">{t("ofSegment", { name: segment.name, n: format.count(segment.people) })}</p>
      <p className="small soft">{t("checksNote")}</p>
    </Section>
  );
}

/** Treated, suppressed and held out as parts of one bar. */
export function SplitBar({ treated, held, suppressed = 0 }: { treated: number; held: number; suppressed?: number }) {
  const all = Math.max(1, treated + held);
  const part = (people: number) => ({ flexGrow: people / all });
  return (
    <div className="split-bar" aria-hidden>
      <i className="split-treated" style={part(treated - suppressed)} />
      {suppressed > 0 && <i className="split-suppressed" style={part(suppressed)} />}
      {held > 0 && <i className="split-held" style={part(held)} />}
    </div>
  );
}
