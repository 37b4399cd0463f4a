import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useSearchParams } from "react-router";
import type { SendFigures } from "@/api/types";
import { Banner, ButtonLink, EmptyState, format, Page, PageHeader, Part, Section, useBrand } from "@/ui";
import { Costs } from "./Costs";
import { DaysChart, Reasons } from "./Days";
import { useDelivery, type Days } from "./queries";
import { Ways } from "./Ways";
import { words } from "./words";
import "./sending.css";

/** How sending goes now, and went on the chosen days. */
export default function DeliveryPage() {
  const t = words.use();
  const { zone } = useBrand();
  const [params, setParams] = useSearchParams();
  const days: Days = { first: params.get("first") ?? undefined, last: params.get("last") ?? undefined };
  const delivery = useDelivery(days);
  const shown = delivery.data;
  const change = (first: string | undefined, last: string | undefined) => {
    const next = new URLSearchParams(params);
    for (const [key, value] of [["first", first], ["last", last]] as const) {
      if (value) next.set(key, value);
      else next.delete(key);
    }
    setParams(next, { replace: true });
  };
  return (
    <Page>
      <PageHeader
        up={{ to: "/campaigns", title: t("campaigns") }}
        title={t("delivery")}
        note={shown && t("deliveryNote", { at: format.dateTime(shown.at, zone) })}
        actions={
          shown && (
            <DatePicker.RangePicker
              aria-label={t("days")}
              allowClear={false}
              value={[dayjs(shown.first), dayjs(shown.last)]}
              onChange={(range) => change(range?.[0]?.format("YYYY-MM-DD"), range?.[1]?.format("YYYY-MM-DD"))}
            />
          )
        }
      />
      <Part query={delivery} height={360}>
        {(data) => <Told delivery={data} />}
      </Part>
    </Page>
  );
}

function Told({ delivery }: { delivery: SendFigures }) {
  const t = words.use();
  const empty = delivery.ways.length === 0 && delivery.costs.length === 0;
  return (
    <div className="stack">
      {delivery.halted && (
        <Banner tone="warning" title={t("haltedTitle")}>
          {t("haltedWhat", { why: `${t("halt")} (${delivery.halted})` })}
        </Banner>
      )}
      {empty ? (
        <Section>
          <EmptyState title={t("nothingTitle")} action={<ButtonLink to="/campaigns" type="primary">{t("toCampaigns")}</ButtonLink>}>
            {t("nothingWhat")}
          </EmptyState>
        </Section>
      ) : (
        <>
          <Section title={t("nowTitle")} note={t("nowNote")} flush>
            <Ways delivery={delivery} />
          </Section>
          <div className="sending-two">
            <Section title={t("dayTitle")}>
              <DaysChart delivery={delivery} />
            </Section>
            <Section title={t("reasonTitle")} flush>
              <Reasons delivery={delivery} />
            </Section>
          </div>
          <Section title={t("costTitle")} note={t("costNote")} flush>
            <Costs delivery={delivery} />
          </Section>
        </>
      )}
    </div>
  );
}
