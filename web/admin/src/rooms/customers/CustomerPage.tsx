import type { ComponentType } from "react";
import { useParams } from "react-router";
import type { Customer } from "@/api/types";
import { Count, DateText, Figure, Figures, LadderStep, Money, Page, PageHeader, Part, Rfm, Section, Skeleton, Tabs, Tag, useMay, useTab } from "@/ui";
import { useStepTitle } from "./columns";
import { DoneTab } from "./history/DoneTab";
import { NotesTab } from "./history/NotesTab";
import { SegmentsTab } from "./history/SegmentsTab";
import { TimelineTab } from "./history/TimelineTab";
import { CustomerSide } from "./CustomerSide";
import { IdentityTab } from "./IdentityTab";
import { MessagesTab } from "./MessagesTab";
import { OrderBars } from "./OrderBars";
import { OrdersTab } from "./OrdersTab";
import { useCustomer } from "./queries";
import { date, num, text } from "./state";
import { Actions } from "./rights/Actions";
import { words } from "./words";
import "./customers.css";

interface Slots {
  readonly MessageLog: ComponentType<{ uid: number }>;
}

/** One customer; `MessageLog`: what was sent to them, told by the room that sends. */
export default function CustomerPage({ MessageLog }: Slots) {
  const t = words.use();
  const uid = Number(useParams()["uid"]);
  const customer = useCustomer(uid);
  return (
    <Page>
      <PageHeader
        up={{ to: "/customers", title: t("up") }}
        name={customer.data?.label ?? t("title")}
        title={
          <>
            {customer.data?.label ?? (customer.isError ? t("title") : "…")}
            {customer.data?.anonymous && <Tag>{t("anonymous")}</Tag>}
            {customer.data && <StepTag step={num(customer.data.state, "ladder_step")} />}
          </>
        }
        actions={customer.data && <Actions data={customer.data} />}
      />
      {!customer.data && !customer.error ? <Skeleton height={320} /> : <Part query={customer}>{(data) => <Told data={data} MessageLog={MessageLog} />}</Part>}
    </Page>
  );
}

function StepTag({ step }: { step: number }) {
  const title = useStepTitle();
  return <Tag tone={step >= 8 ? "good" : "plain"}>{title(step)}</Tag>;
}

function Told({ data, MessageLog }: { data: Customer } & Slots) {
  const t = words.use();
  const may = useMay();
  const tabs = [
    { key: "orders", title: t("tabOrders") },
    { key: "timeline", title: t("tabTimeline") },
    { key: "identity", title: t("tabIdentity") },
    { key: "messages", title: t("tabMessages"), count: data.messages.length || null },
    ...(may("segments.read") ? [{ key: "segments", title: t("tabSegments"), count: data.segments.length || null }] : []),
    { key: "notes", title: t("tabNotes") },
    ...(may("GET /api/audit") ? [{ key: "audit", title: t("tabAudit") }] : []),
  ];
  const tab = useTab(tabs.map((one) => one.key));
  return (
    <>
      <PersonFigures data={data} />
      <div className="split customer-split">
        <div className="stack">
          <OrderBars state={data.state} />
          <Section flush>
            <Tabs label={data.label} tabs={tabs} />
            {tab === "orders" && <OrdersTab uid={data.uid} />}
            {tab === "timeline" && <TimelineTab uid={data.uid} />}
            {tab === "identity" && <IdentityTab uid={data.uid} />}
            {tab === "messages" && <MessagesTab data={data} Log={MessageLog} />}
            {tab === "segments" && <SegmentsTab data={data} />}
            {tab === "notes" && <NotesTab uid={data.uid} />}
            {tab === "audit" && <DoneTab uid={data.uid} />}
          </Section>
        </div>
        <CustomerSide data={data} />
      </div>
    </>
  );
}

function PersonFigures({ data }: { data: Customer }) {
  const t = words.use();
  const title = useStepTitle();
  const { state } = data;
  const step = num(state, "ladder_step");
  const refunded = num(state, "refunded_fen");
  return (
    <Figures>
      <Figure
        key_
        label={t("netSales")}
        value={<Money fen={num(state, "net_fen")} />}
        about={t("netAbout", { on: text(state, "as_of_on") })}
        note={
          refunded ? (
            <>
              {t("refunded")} <Money fen={refunded} />
            </>
          ) : null
        }
      />
      <Figure label={t("purchases")} value={<Count value={num(state, "purchase_number")} />} about={t("purchasesAbout")} note={<><Count value={num(state, "units")} /> {t("units")}</>} />
      <Figure label={t("lastOrder")} value={<DateText on={date(state, "last_order_on")} ago />} about={date(state, "last_order_on") ?? ""} note={<DateText on={date(state, "last_order_on")} />} />
      <Figure label={t("ladder")} value={<LadderStep step={step} title={title(step)} />} about={t("ladderAbout")} note={title(step)} />
      <Figure label={t("colRfm")} value={<Rfm scores={["rfm_r", "rfm_f", "rfm_m"].map((key) => num(state, key))} />} about={t("rfmAbout")} />
    </Figures>
  );
}
