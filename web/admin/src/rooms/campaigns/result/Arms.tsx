import type { CampaignResult } from "@/api/types";
import { Count, DataTable, format, Money, Percent, Section, useBrand, type Column } from "@/ui";
import { words } from "../words";

type Arm = CampaignResult["arms"][number];

export function Arms({ result }: { result: CampaignResult }) {
  const t = words.use();
  const { currency } = useBrand();
  const unit = format.currencySymbol(currency).trim();
  const columns: Column<Arm>[] = [
    {
      key: "arm",
      title: t("colArm"),
      render: (row) => (
        <span className="row">
          <i className={`arm-mark arm-${row.arm}`} />
          {t(row.arm === "treated" ? "treated" : "heldOut")}
        </span>
      ),
    },
    { key: "people", title: t("colPeople"), numeric: true, render: (row) => <Count value={row.people} /> },
    { key: "buyers", title: t("colBuyers"), numeric: true, render: (row) => <Count value={row.buyers} /> },
    { key: "rate", title: t("colRate"), numeric: true, phone: true, render: (row) => <b><Percent bp={row.buyer_rate_bp} digits={2} /></b> },
    { key: "orders", title: t("colOrders"), numeric: true, render: (row) => <Count value={row.orders} /> },
    { key: "sales", title: t("colSales"), unit, numeric: true, render: (row) => <Money fen={row.sales_fen} bare /> },
    { key: "head", title: t("colPerHead"), unit, numeric: true, phone: true, render: (row) => <b><Money fen={row.sales_per_head_fen} bare /></b> },
  ];
  return (
    <Section title={t("armsTitle")} flush className="result-arms">
      <DataTable
        id="arms"
        label={t("armsTitle")}
        columns={columns}
        query={{ data: { items: result.arms }, error: null, refetch: () => undefined }}
        rowKey={(row) => row.arm}
        empty={null}
        bare
      />
    </Section>
  );
}
