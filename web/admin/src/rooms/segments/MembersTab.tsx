import { Button, Modal } from "antd";
import { useState } from "react";
import { useWhy } from "@/api/queries";
import type { CustomerRow } from "@/api/types";
import { Count, DataTable, DateText, EmptyState, format, Money, Part, Tag, useBrand, useCursor, Why, type Column } from "@/ui";
import { useMembers } from "./queries";
import { words } from "./words";

export function MembersTab({ id }: { id: number }) {
  const t = words.use();
  const { currency } = useBrand();
  const { cursor } = useCursor();
  const members = useMembers(id, cursor);
  const [asked, setAsked] = useState<CustomerRow | null>(null);
  const columns: Column<CustomerRow>[] = [
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
    { key: "purchases", title: t("colPurchases"), numeric: true, render: (row) => <Count value={row.purchase_number} /> },
    { key: "net", title: t("colNet"), unit: format.currencySymbol(currency).trim(), numeric: true, phone: true, render: (row) => <Money fen={row.net_fen} bare /> },
    { key: "last", title: t("colLast"), numeric: true, phone: true, render: (row) => <DateText on={row.last_order_on} /> },
    { key: "region", title: t("colRegion"), render: (row) => row.region },
  ];
  return (
    <>
      <DataTable
        id="members"
        label={t("tabMembers")}
        columns={columns}
        query={members}
        rowKey={(row) => row.uid}
        href={(row) => `/customers/${row.uid}`}
        pageSize={10}
        rowActions={(row) => (
          <Button size="small" type="text" className="wide-only" onClick={() => setAsked(row)}>
            {t("why")}
          </Button>
        )}
        empty={<EmptyState title={t("membersEmpty")}>{t("membersEmptyWhat")}</EmptyState>}
      />
      <Modal open={asked !== null} title={asked ? `${asked.label} · ${t("why")}` : ""} footer={null} onCancel={() => setAsked(null)} width={440}>
        <AskedWhy id={id} uid={asked?.uid ?? null} />
      </Modal>
    </>
  );
}

function AskedWhy({ id, uid }: { id: number; uid: number | null }) {
  const why = useWhy(id, uid);
  return <Part query={why}>{(data) => <Why data={data} />}</Part>;
}
