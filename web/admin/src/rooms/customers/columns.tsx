import type { CustomerRow } from "@/api/types";
import { Count, DateText, format, LadderStep, Money, Rfm, Tag, useBrand, type Column } from "@/ui";
import { words } from "./words";

export function useStepTitle(): (step: number) => string {
  const t = words.use();
  return (step) => (step >= 8 ? t("loyal") : step < 1 ? t("stepNone") : t("step", { n: step }));
}

/** Columns of every list of customers. */
export function useCustomerColumns(): Column<CustomerRow>[] {
  const t = words.use();
  const title = useStepTitle();
  const { currency } = useBrand();
  return [
    {
      key: "label",
      title: t("colCustomer"),
      render: (row) => (
        <span className="row">
          {row.label}
          {row.anonymous && <Tag>{t("anonymous")}</Tag>}
        </span>
      ),
    },
    {
      key: "ladder",
      title: t("colLadder"),
      sort: "purchase_number",
      phone: true,
      render: (row) => (
        <span className="row">
          <LadderStep step={row.ladder_step} title={title(row.ladder_step)} />
          <span className="small soft wide-only">{row.ladder_step >= 8 ? <Count value={row.purchase_number} /> : row.ladder_step}</span>
        </span>
      ),
    },
    {
      key: "net",
      title: t("colNet"),
      unit: format.currencySymbol(currency).trim(),
      numeric: true,
      phone: true,
      sort: "net_fen",
      render: (row) => <Money fen={row.net_fen} bare />,
    },
    { key: "last", title: t("colLast"), numeric: true, sort: "last_order_on", render: (row) => <DateText on={row.last_order_on} /> },
    { key: "first", title: t("colFirst"), numeric: true, render: (row) => <DateText on={row.first_order_on} /> },
    { key: "rfm", title: t("colRfm"), render: (row) => <Rfm scores={row.rfm} /> },
    { key: "region", title: t("colRegion"), render: (row) => row.region },
    { key: "category", title: t("colCategory"), optional: true, render: (row) => row.favourite_category },
    { key: "purchases", title: t("colPurchases"), optional: true, numeric: true, render: (row) => <Count value={row.purchase_number} /> },
  ];
}
