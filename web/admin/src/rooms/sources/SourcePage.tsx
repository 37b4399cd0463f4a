import { Button, Dropdown } from "antd";
import { useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import type { SourceRow, SourceStream } from "@/api/types";
import { Banner, ConfirmTyped, Count, DataTable, DateText, EmptyState, format, Icon, Page, PageHeader, Part, Section, Tabs, TimeText, toast, toastError, useBrand, useMay, usePick, useTab, type Column } from "@/ui";
import { Address } from "./Address";
import { DaysTab } from "./DaysTab";
import { StateTag, Troubles, Unread, useLagWords, useReadAll } from "./parts";
import { useAccounts, useConnectors, useDisconnect, useSource } from "./queries";
import { SettingsTab } from "./SettingsTab";
import { Snippet } from "./Snippet";
import { OnOff } from "./SourcesPage";
import { historyOf } from "./state";
import { words } from "./words";
import "./sources.css";

export default function SourcePage() {
  const t = words.use();
  const source = useSource(Number(useParams()["id"]));
  return (
    <Page>
      {!source.data && <PageHeader title={t("title")} up={{ to: "/sources", title: t("title") }} />}
      <Part query={source} height={420}>
        {(data) => <One key={data.id} source={data} now={source.dataUpdatedAt} />}
      </Part>
    </Page>
  );
}

function One({ source, now }: { source: SourceRow; now: number }) {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const [params] = useSearchParams();
  const accounts = useAccounts(may("settings.read"));
  const account = accounts.data?.items.find((one) => one.id === source.account_id)?.name;
  const write = may("ingest.write");
  const tabs = [
    { key: "streams", title: t("tabStreams") },
    ...(source.account_id !== null && source.streams.some((stream) => stream.key === "orders") ? [{ key: "days", title: t("tabDays") }] : []),
    ...(write ? [{ key: "settings", title: t("tabSettings") }] : []),
  ];
  const tab = useTab(tabs.map((one) => one.key));
  return (
    <>
      <PageHeader
        up={{ to: "/sources", title: t("title") }}
        name={source.name}
        title={
          <>
            {source.name} <StateTag source={source} />
          </>
        }
        note={[say(source.title), account, shopOf(source)].filter(Boolean).join(" · ")}
        actions={write && <Actions source={source} />}
      />
      {params.has("connected") && <Connected source={source} />}
      <Troubles source={source} />
      <Section flush>
        <Tabs label={source.name} tabs={tabs} />
        {tab === "streams" && <StreamsTab source={source} now={now} />}
        {tab === "days" && <DaysTab source={source} />}
        {tab === "settings" && <SettingsTab source={source} />}
      </Section>
    </>
  );
}

const shopOf = (source: SourceRow) => (typeof source.config["shop"] === "string" ? source.config["shop"] : "");

/** Whether pages send to it by our script. */
const useBySdk = (source: SourceRow) => useConnectors().data?.find((one) => one.key === source.connector)?.sdk ?? false;

/** What is left to do once a source was connected. */
function Connected({ source }: { source: SourceRow }) {
  const t = words.use();
  const bySdk = useBySdk(source);
  return (
    <Banner tone="good" title={t("connected", { name: source.name })}>
      <p>
        {source.streams.length > 0 && t("connectedReads")} {source.hook && t(bySdk ? "connectedSdk" : "connectedHook")}
      </p>
    </Banner>
  );
}

function Actions({ source }: { source: SourceRow }) {
  const t = words.use();
  const read = useReadAll();
  const [leaving, leave] = useState(false);
  return (
    <>
      <label className="row source-onoff">
        <OnOff source={source} /> {t(source.is_on ? "isOn" : "isOff")}
      </label>
      {source.streams.length > 0 && (
        <Button icon={<Icon name="refresh" size={14} />} disabled={!source.is_on} loading={read.busy} onClick={() => read.run(source)}>
          {t("readNow")}
        </Button>
      )}
      <Dropdown trigger={["click"]} placement="bottomRight" menu={{ items: [{ key: "leave", danger: true, label: t("disconnect"), icon: <Icon name="stop" size={14} />, onClick: () => leave(true) }] }}>
        <Button icon={<Icon name="more" size={14} />} aria-label={t("more")} />
      </Dropdown>
      {leaving && <Disconnect source={source} onClose={() => leave(false)} />}
    </>
  );
}

function Disconnect({ source, onClose }: { source: SourceRow; onClose: () => void }) {
  const t = words.use();
  const navigate = useNavigate();
  const disconnect = useDisconnect();
  const { name } = source;
  const facts = source.streams.reduce((total, stream) => total + stream.facts, 0);
  const go = () =>
    disconnect.mutate(source.id, {
      onSuccess: () => {
        toast(t("disconnected", { name }));
        void navigate("/sources");
      },
      onError: toastError,
    });
  return (
    <ConfirmTyped open title={t("disconnectTitle", { name })} expected={name} verb={t("disconnect")} busy={disconnect.isPending} onConfirm={go} onClose={onClose}>
      {t("disconnectWhat", { n: format.count(facts) })} {source.hook && t("disconnectHook")}
    </ConfirmTyped>
  );
}

function StreamsTab({ source, now }: { source: SourceRow; now: number }) {
  const t = words.use();
  const say = usePick();
  const bySdk = useBySdk(source);
  const { zone } = useBrand();
  const columns: Column<SourceStream>[] = [
    { key: "stream", title: t("colStream"), width: 140, render: (row) => say(row.title) },
    { key: "lag", title: t("colLag"), phone: true, sentence: true, render: (row) => <Progress source={source} stream={row} now={now} /> },
    { key: "read", title: t("colReadTo"), numeric: true, width: 150, render: (row) => <TimeText at={row.read_to} /> },
    { key: "facts", title: t("colFacts"), numeric: true, phone: true, width: 100, render: (row) => <Count value={row.facts} /> },
    { key: "unread", title: t("colUnread"), numeric: true, width: 90, render: (row) => <Unread n={row.unread} /> },
    { key: "next", title: t("colNext"), numeric: true, width: 150, render: (row) => (source.is_on ? <TimeText at={row.next_at} /> : <span className="soft">{t("isOff")}</span>) },
  ];
  return (
    <>
      {source.streams.length > 0 && (
        <>
          <DataTable
            id="source-streams"
            bare
            label={t("tabStreams")}
            columns={columns}
            query={{ data: { items: source.streams }, error: null, refetch: () => undefined }}
            rowKey={(row) => row.key}
            empty={<EmptyState title={t("noStreams")} />}
          />
          <p className="small soft source-foot">
            {t("readFrom")} <DateText on={format.dateTime(source.history_from, zone).slice(0, 10)} /> {t("readFromWhat")}
          </p>
        </>
      )}
      {source.hook && (bySdk ? <Snippet source={source} /> : <Address source={source} />)}
    </>
  );
}

/** Words of how far a stream is; a bar while its past is read. */
function Progress({ source, stream, now }: { source: SourceRow; stream: SourceStream; now: number }) {
  const t = words.use();
  const lag = useLagWords(now);
  const part = historyOf(source, stream);
  if (stream.failures > 0) return <span className="bad">{t("notRead")}</span>;
  if (part === null || !source.is_on) return <>{source.is_on ? lag(source, stream) : t("isOff")}</>;
  return (
    <span className="source-history">
      <progress max={100} value={stream.read_to ? part * 100 : undefined} aria-label={t("historyOf")} />
      <span>{lag(source, stream)}</span>
    </span>
  );
}
