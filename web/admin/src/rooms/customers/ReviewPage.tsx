import { Button } from "antd";
import { Link } from "react-router";
import type { Review } from "@/api/types";
import { Count, DateText, EmptyState, Facts, Money, Page, PageHeader, Part, Section, Tag, TimeText, toast, toastError, useMay } from "@/ui";
import { FindDuplicates } from "./FindDuplicates";
import { useNamespace, useRefusal, useSuggested } from "./names";
import { useCustomer, useDecide, useReview } from "./queries";
import { date, num, text } from "./state";
import { words } from "./words";
import "./customers.css";

/** Merges that evidence alone cannot decide. */
export default function ReviewPage() {
  const t = words.use();
  const may = useMay();
  const review = useReview();
  return (
    <Page narrow>
      <PageHeader up={{ to: "/customers", title: t("up") }} title={t("review")} note={t("reviewNote")} />
      {may("POST /api/identity/suggestions") && <FindDuplicates />}
      <Part query={review} height={240}>
        {(data) =>
          data.items.length === 0 ? (
            <EmptyState title={t("reviewEmpty")}>{t("reviewEmptyWhat")}</EmptyState>
          ) : (
            <>
              {data.items.map((item) => (
                <Pair key={item.id} item={item} />
              ))}
            </>
          )
        }
      </Part>
    </Page>
  );
}

function Pair({ item }: { item: Review }) {
  const t = words.use();
  const may = useMay();
  const name = useNamespace();
  const refusal = useRefusal();
  const suggested = useSuggested()(item.reason);
  const decide = useDecide();
  const go = (decision: "merge" | "keep_apart") =>
    decide.mutate({ id: item.id, decision }, { onSuccess: () => toast(t(decision === "merge" ? "merged" : "keptApart")), onError: toastError });
  return (
    <Section
      title={
        <span className="row wrap">
          {t("evidencePair", { a: `${name(item.a.ns)} ${item.a.masked}`, b: `${name(item.b.ns)} ${item.b.masked}` })}
          <Tag tone={suggested ? "info" : "warning"}>{refusal(item.reason)}</Tag>
        </span>
      }
      note={
        <>
          {suggested && `${suggested} · `}
          <TimeText at={item.created_at} />
        </>
      }
      actions={
        may("people.merge") && (
          <>
            <Button size="small" disabled={decide.isPending} onClick={() => go("keep_apart")}>
              {t("keepApart")}
            </Button>
            <Button size="small" type="primary" disabled={decide.isPending} onClick={() => go("merge")}>
              {t("mergeThese")}
            </Button>
          </>
        )
      }
    >
      <div className="review-pair">
        <Person uid={item.a.uid} />
        <Person uid={item.b.uid} />
      </div>
    </Section>
  );
}

function Person({ uid }: { uid: number | null }) {
  const t = words.use();
  const customer = useCustomer(uid ?? 0, uid !== null);
  if (uid === null) return null;
  return (
    <Part query={customer} height={180}>
      {({ label, state }) => (
        <div>
          <Link to={`/customers/${uid}`} className="link">
            <b>{label}</b>
          </Link>
          <Facts
            items={[
              [t("purchases"), <Count key="p" value={num(state, "purchase_number")} />],
              [t("netSales"), <Money key="n" fen={num(state, "net_fen")} />],
              [t("firstOrder"), <DateText key="f" on={date(state, "first_order_on")} />],
              [t("lastOrder"), <DateText key="l" on={date(state, "last_order_on")} />],
              [t("region"), text(state, "region")],
            ]}
          />
        </div>
      )}
    </Part>
  );
}
