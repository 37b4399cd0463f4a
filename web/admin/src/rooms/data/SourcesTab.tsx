import type { Quality } from "@/api/types";
import { Count, DataTable, EmptyState, Figure, Figures, format, Money, Part, Tag, TimeText, useLang, useMay, type Column } from "@/ui";
import { useQuality, useRefunds } from "./queries";
import { useSourceName } from "./useSourceName";
import { words } from "./words";

type Source = Quality["sources"][number];
type Reader = Quality["readers"][number];

/** What comes in, what is refused, and who is behind. */
export function SourcesTab() {
  const quality = useQuality();
  return (
    <Part query={quality} height={320}>
      {(data) => (
        <>
          <Ways data={data} />
          <Sources data={data} />
          <Readers data={data} />
        </>
      )}
    </Part>
  );
}

function Ways({ data }: { data: Quality }) {
  const t = words.use();
  const refunds = useRefunds();
  const fixes = useMay()("GET /api/quarantine-groups");
  const waiting = data.ways.reduce((sum, way) => sum + way.waiting, 0);
  return (
    <div className="quality-figures">
      <Figures>
        <Figure key_ label={t("waiting")} value={<Count value={waiting} />} about={t("waitingAbout")} to={fixes ? "/quality?tab=fix" : undefined} />
        {data.ways.map((way) => (
          <Figure
            key={String(way.from_file)}
            label={t(way.from_file ? "refusedFile" : "refusedHttp")}
            value={way.of > 0 ? format.percent((way.refused / way.of) * 1e4, 2) : "–"}
            about={t("refusedAbout")}
            note={t("refusedOf", { n: format.count(way.refused), of: format.count(way.of) })}
          />
        ))}
        {refunds.data && (
          <Figure
            label={t("refunds")}
            value={<Count value={refunds.data.unmatched} />}
            about={t("refundsAbout")}
            note={
              <>
                {t("refundsOf", { n: format.count(refunds.data.lines) })} · <Money fen={refunds.data.unmatched_fen} />
              </>
            }
          />
        )}
      </Figures>
    </div>
  );
}

function Sources({ data }: { data: Quality }) {
  const t = words.use();
  const name = useSourceName();
  const columns: Column<Source>[] = [
    { key: "source", title: t("colSource"), render: (row) => <span>{[name(row.source), row.shop].filter(Boolean).join(" · ")}</span> },
    { key: "hour", title: t("colHour"), numeric: true, width: 100, render: (row) => <Count value={row.hour} /> },
    { key: "day", title: t("colDay"), numeric: true, width: 100, render: (row) => <Count value={row.day} /> },
    { key: "week", title: t("colWeek"), numeric: true, phone: true, width: 110, render: (row) => <Count value={row.week} /> },
    { key: "before", title: t("colBefore"), numeric: true, width: 110, render: (row) => <Count value={row.week_before} /> },
    { key: "change", title: t("colChange"), numeric: true, phone: true, width: 100, render: (row) => <Change row={row} /> },
    { key: "newest", title: t("colNewest"), numeric: true, width: 150, render: (row) => <TimeText at={row.newest_at} /> },
  ];
  return (
    <>
      <h2 className="quality-title">{t("sourcesTitle")}</h2>
      <p className="small soft quality-note">
        {t("sourcesNote")} <TimeText at={data.business_now} />
      </p>
      <DataTable
        id="sources"
        bare
        label={t("sourcesTitle")}
        columns={columns}
        query={{ data: { items: data.sources }, error: null, refetch: () => undefined }}
        rowKey={(row) => `${row.source} ${row.shop}`}
        empty={<EmptyState title={t("sourcesEmpty")}>{t("sourcesEmptyWhat")}</EmptyState>}
      />
    </>
  );
}

function Change({ row }: { row: Source }) {
  const t = words.use();
  const rate = format.change(row.week, row.week_before);
  if (rate === null) return <Tag tone="info">{t("isNew")}</Tag>;
  const text = `${rate > 0 ? "+" : ""}${format.percent(rate * 1e4, 0)}`;
  return rate < -0.5 ? <Tag tone="bad">{text}</Tag> : <>{text}</>;
}

const READERS = ["identity", "identity.aliases", "facts", "lake", "segments", "tags"] as const;

function Readers({ data }: { data: Quality }) {
  const t = words.use();
  const lang = useLang();
  const name = (row: Reader) => (READERS.includes(row.consumer as (typeof READERS)[number]) ? t(`r.${row.consumer as (typeof READERS)[number]}`) : row.consumer);
  const lag = (row: Reader) => (row.events === 0 ? t("upToDate") : t("behind", { n: format.count(row.events), for: format.seconds(row.age_s, lang) }));
  const columns: Column<Reader>[] = [
    { key: "name", title: t("colReader"), width: 220, render: (row) => name(row) },
    { key: "lag", title: t("colLag"), phone: true, sentence: true, render: (row) => <span className={row.age_s > 60 ? "warning" : ""}>{lag(row)}</span> },
    { key: "parked", title: t("colParked"), numeric: true, phone: true, width: 120, render: (row) => (row.parked ? <Tag tone="bad">{format.count(row.parked)}</Tag> : "0") },
  ];
  return (
    <>
      <h2 className="quality-title">{t("readersTitle")}</h2>
      <p className="small soft quality-note">{t("readersNote")}</p>
      <DataTable id="readers" bare label={t("readersTitle")} columns={columns} query={{ data: { items: data.readers }, error: null, refetch: () => undefined }} rowKey={(row) => row.consumer} empty={null} />
    </>
  );
}
