import { Button } from "antd";
import { Link, useParams } from "react-router";
import { fileAt } from "@/api/client";
import type { PersonRequest } from "@/api/types";
import { Banner, Count, Facts, FileLink, format, Icon, Page, PageHeader, Part, Section, Tag, TaskProgress, TimeText, Unknown, useBrand, useMay } from "@/ui";
import { Held, useNamed } from "./Held";
import { useRequest } from "./queries";
import { RequestState } from "./RequestsPage";
import { words } from "./words";

/** What a customer asked for and what came of it, to keep and to print; nothing personal stands on it. */
export default function ReceiptPage() {
  const t = words.use();
  const id = Number(useParams()["id"]);
  const request = useRequest(id);
  return (
    <Page>
      <PageHeader
        up={{ to: "/customers/requests", title: t("requests") }}
        title={request.data ? t("receipt", { number: request.data.number }) : t("receiptTitle")}
        note={t("receiptNote")}
        actions={
          <Button disabled={request.data?.state === "running"} onClick={() => window.print()}>
            {t("print")}
          </Button>
        }
      />
      <Part query={request} height={260}>
        {(data) => (
          <Section className="receipt">
            <Outcome data={data} />
            <About data={data} />
            {data.told.length > 0 && <Told data={data} />}
            {Object.keys(data.held).length > 0 && (
              <div>
                <h2>{t("heldTitle")}</h2>
                <Held held={data.held} />
              </div>
            )}
            {data.kind === "erase" && Object.keys(data.gone).length > 0 && <Gone data={data} />}
          </Section>
        )}
      </Part>
    </Page>
  );
}

function Outcome({ data }: { data: PersonRequest }) {
  const t = words.use();
  if (data.state === "running")
    return (
      <TaskProgress done={data.done} total={data.total} label={t("working")}>
        {t("working")}
      </TaskProgress>
    );
  if (data.state !== "done") return <Banner tone="warning">{t("failedWhy", { why: data.message || t(`s.${data.state}`) })}</Banner>;
  if (data.kind === "erase") return <Banner tone="good">{t("erasedWords")}</Banner>;
  return data.kind === "copy" ? <Copy data={data} /> : null;
}

function Copy({ data }: { data: PersonRequest }) {
  const t = words.use();
  const may = useMay();
  const { zone } = useBrand();
  if (!data.file_until) return <Banner tone="info">{t("copyGone")}</Banner>;
  const path = (name: string) => fileAt(`/api/customer-requests/${data.id}/${name}`);
  return (
    <div className="stack receipt-download">
      <Banner tone="good">{t("copyReady", { until: format.dateTime(data.file_until, zone) })}</Banner>
      {may("customers.copy") && (
        <div className="row wrap">
          <FileLink file={path("copy.html")} type="primary" icon={<Icon name="download" size={14} />}>{t("downloadPage")}</FileLink>
          <FileLink file={path("copy.json")} icon={<Icon name="download" size={14} />}>{t("downloadJson")}</FileLink>
        </div>
      )}
    </div>
  );
}

function About({ data }: { data: PersonRequest }) {
  const t = words.use();
  const gone = data.kind === "erase" && data.state === "done";
  return (
    <Facts
      left
      items={[
        [t("colNumber"), <span key="n" className="mono">{data.number}</span>],
        [t("colKind"), t(`k.${data.kind}`)],
        [t("colState"), <RequestState key="s" state={data.state} />],
        [t("colCustomer"), gone ? data.uid : <Link key="c" className="link" to={`/customers/${data.uid}`}>{data.uid}</Link>],
        [t("colActor"), data.actor],
        [t("colAsked"), <TimeText key="a" at={data.asked_at} />],
        [t("colEnded"), data.ended_at ? <TimeText key="e" at={data.ended_at} /> : <Unknown key="e" />],
      ]}
    />
  );
}

const ATTRIBUTES = ["name", "birthday", "gender", "province", "city"] as const;
const PURPOSES = ["marketing", "service", "profiling", "sharing"] as const;

/** What was corrected, or allowed and withdrawn. */
function Told({ data }: { data: PersonRequest }) {
  const t = words.use();
  const say = (told: string) => {
    const attribute = ATTRIBUTES.find((key) => key === told);
    if (attribute) return t(attribute);
    const [channel, purpose, state] = told.split(" ");
    const known = PURPOSES.find((key) => key === purpose);
    return known ? `${channel} · ${t(`p.${known}`)} · ${t(state === "granted" ? "granted" : "withdrawn")}` : told;
  };
  return (
    <div>
      <h2>{t("told")}</h2>
      <ul className="told">
        {data.told.map((one) => (
          <li key={one}>
            <Tag>{say(one)}</Tag>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Gone({ data }: { data: PersonRequest }) {
  const t = words.use();
  const named = useNamed();
  return (
    <div>
      <h2>{t("goneTitle")}</h2>
      <ul className="held">
        {Object.entries(data.gone).map(([room, rows]) => (
          <li key={room}>
            <span className="soft">{named("room", room)}</span>
            <b>
              <Count value={rows} />
            </b>
          </li>
        ))}
      </ul>
    </div>
  );
}
