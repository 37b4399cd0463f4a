import type { Order } from "@/api/types";
import { Count, DataTable, EmptyState, format, Money, TimeText, useBrand, useCursor, type Column } from "@/ui";
import { useOrders } from "./queries";
import { words } from "./words";

export function OrdersTab({ uid }: { uid: number }) {
  const t = words.use();
  const { currency } = useBrand();
  const { cursor } = useCursor();
  const orders = useOrders(uid, cursor);
  const unit = format.currencySymbol(currency).trim();
  const columns: Column<Order>[] = [
    { key: "id", title: t("colOrder"), render: (row) => row.order_id },
    { key: "at", title: t("colAt"), phone: true, render: (row) => <TimeText at={row.ordered_at} /> },
    { key: "lines", title: t("colLines"), numeric: true, render: (row) => <Count value={row.lines} /> },
    { key: "units", title: t("colUnits"), numeric: true, render: (row) => <Count value={row.units} /> },
    { key: "gross", title: t("colGross"), unit, numeric: true, render: (row) => <Money fen={row.gross_fen} bare /> },
    {
      key: "refunded",
      title: t("colRefunded"),
      unit,
      numeric: true,
      render: (row) => (row.refunded_fen ? <span className="bad"><Money fen={-row.refunded_fen} bare /></span> : <span className="soft">–</span>),
    },
    { key: "net", title: t("colOrderNet"), unit, numeric: true, phone: true, render: (row) => <b><Money fen={row.net_fen} bare /></b> },
  ];
  return (
    <DataTable
      id="orders"
      label={t("tabOrders")}
      columns={columns}
      query={orders}
      rowKey={(row) => `${row.shop} ${row.order_id}`}
      pageSize={8}
      empty={<EmptyState title={t("ordersEmpty")}>{t("ordersEmptyWhat")}</EmptyState>}
    />
  );
}
