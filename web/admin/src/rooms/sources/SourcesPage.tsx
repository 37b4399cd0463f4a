import { Button, Switch } from "antd";
import { Link } from "react-router";
import type { SourceRow } from "@/api/types";
import { Count, DataTable, EmptyState, Icon, Page, PageHeader, Section, toast, toastError, Unknown, useMay, usePick, type Column } from "@/ui";
import { Message, StateTag, StreamsLine, Troubles, Unread, useReadAll } from "./parts";
import { useAccounts, useChangeSource, useSources } from "./queries";
import { words } from "./words";
import "./sources.css";

const sum = (source: SourceRow, of: "facts" | "unread") => source.streams.reduce((total, stream) => total + stream[of], 0);

/** What brings data of its own accord, and how far each was read. */
export default function SourcesPage() {
  const t = words.use();
  const may = useMay();
  const sources = useSources();
  const any = (sources.data?.items.length ?? 0) > 0;
  const connect = may("ingest.write") && (
    <Link to="/sources/new">
      <Button type="primary" icon={<Icon name="plus" size={14} />}>
        {t("connect")}
      </Button>
    </Link>
  );
  return (
    <Page>
      <PageHeader title={t("title")} note={t("note")} actions={any && connect} />
      {sources.data?.items.map((source) => <Troubles key={source.id} source={source} named />)}
      <Section flush>
        <List sources={sources} connect={connect} />
      </Section>
    </Page>
  );
}

function List({ sources, connect }: { sources: ReturnType<typeof useSources>; connect: React.ReactNode }) {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const accounts = useAccounts(may("settings.read"));
  const read = useReadAll();
  const account = (row: SourceRow) => accounts.data?.items.find((one) => one.id === row.account_id)?.name;
  const now = sources.dataUpdatedAt;
  const columns: Column<SourceRow>[] = [
    {
      key: "name",
      title: t("colName"),
      render: (row) => (
        <span className="row">
          {row.name}
          <StateTag source={row} />
        </span>
      ),
    },
    { key: "connector", title: t("colConnector"), width: 130, render: (row) => say(row.title) },
    { key: "account", title: t("colAccount"), width: 130, render: (row) => account(row) ?? <Unknown /> },
    { key: "streams", title: t("colStreams"), sentence: true, phone: true, render: (row) => <StreamsLine source={row} now={now} /> },
    { key: "facts", title: t("colFacts"), numeric: true, width: 90, render: (row) => <Count value={sum(row, "facts")} /> },
    { key: "unread", title: t("colUnread"), numeric: true, width: 80, render: (row) => <Unread n={sum(row, "unread")} /> },
    { key: "message", title: t("colMessage"), numeric: true, width: 150, render: (row) => <Message source={row} /> },
  ];
  return (
    <DataTable
      id="connected-sources"
      label={t("title")}
      columns={columns}
      query={sources}
      rowKey={(row) => row.id}
      href={(row) => `/sources/${row.id}`}
      pageSize={4}
      {...(may("ingest.write")
        ? {
            rowActions: (row: SourceRow) => (
              <>
                {row.is_on && row.streams.length > 0 && (
                  <Button size="small" className="wide-only" onClick={() => read.run(row)}>
                    {t("readNow")}
                  </Button>
                )}
                <OnOff source={row} />
              </>
            ),
          }
        : {})}
      empty={
        <EmptyState title={t("empty")} action={connect}>
          {t("emptyWhat")}
        </EmptyState>
      }
    />
  );
}

/** Whether a source is read. */
export function OnOff({ source }: { source: SourceRow }) {
  const t = words.use();
  const change = useChangeSource();
  const set = (is_on: boolean) =>
    change.mutate({ id: source.id, is_on }, { onSuccess: () => toast(t(is_on ? "turnedOn" : "turnedOff", { name: source.name })), onError: toastError });
  return <Switch size="small" checked={source.is_on} loading={change.isPending} aria-label={t("onOff", { name: source.name })} onChange={set} />;
}
