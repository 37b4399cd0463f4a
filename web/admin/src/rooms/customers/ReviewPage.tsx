import { Button } from "antd";
import { Link } from "react-router";
import type { CustomerRow, Review } from "@/api/types";
import { Count, DateText, EmptyState, Facts, Money, Page, PageHeader, Part, Section, Tag, toast, toastError, useMay } from "@/ui";
import { useDecide, useReview } from "./queries";
import { words } from "./words";
import "./customers.css";

/** Merges that evidence alone cannot decide. */
export default function ReviewPage() {
  const t = words.use();
  const review = useReview();
  return (
    <Page narrow>
      <PageHeader up={{ to: "/customers", title: t("up") }} title={t("review")} note={t("reviewNote")} />
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
  const decide = useDecide();
  const go = (decision: "merge" | "keep_apart") =>
    decide.mutate({ id: item.id, decision }, { onSuccess: () => toast(t(decision === "merge" ? "merged" : "keptApart")), onError: toastError });
  return (
    <Section
      title={
        <span className="row wrap">
          {item.evidence}
          <Tag tone="warning">{item.reason}</Tag>
        </span>
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
        <Person row={item.left} />
        <Person row={item.right} />
      </div>
    </Section>
  );
}

function Person({ row }: { row: CustomerRow }) {
  const t = words.use();
  return (
    <div>
      <Link to={`/customers/${row.uid}`} className="link">
        <b>{row.label}</b>
      </Link>
      <Facts
        items={[
          [t("purchases"), <Count key="p" value={row.purchase_number} />],
          [t("netSales"), <Money key="n" fen={row.net_fen} />],
          [t("firstOrder"), <DateText key="f" on={row.first_order_on} />],
          [t("lastOrder"), <DateText key="l" on={row.last_order_on} />],
          [t("region"), row.region],
        ]}
      />
    </div>
  );
}
