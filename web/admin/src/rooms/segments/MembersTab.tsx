import { Button, Modal } from "antd";
import { useState } from "react";
import type { CustomerRow } from "@/api/types";
import { Count, DataTable, DateText, EmptyState, format, Icon, Money, Part, Tag, useBrand, useCursor, usePick, type Column } from "@/ui";
import { useMembers, useWhy } from "./queries";
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
        <Why id={id} uid={asked?.uid ?? null} />
      </Modal>
    </>
  );
}

function Why({ id, uid }: { id: number; uid: number | null }) {
  const t = words.use();
  const say = usePick();
  const why = useWhy(id, uid);
  const { currency } = useBrand();
  // What was found comes without its type; a condition that speaks of money was answered in minor units.
  const known = (found: unknown, condition: string) => {
    if (found === null || found === undefined) return ` · ${t("foundNothing")}`;
    if (typeof found === "boolean") return "";
    const money = typeof found === "number" && condition.includes(format.currencySymbol(currency).trim());
    return ` · ${t("found", { value: money ? format.money(found, currency) : typeof found === "object" ? JSON.stringify(found) : String(found) })}`;
  };
  return (
    <Part query={why}>
      {(data) => {
        const inside = data.in;
        return (
          <div className="stack">
            <p>
              <Tag tone={inside ? "good" : "warning"}>{t(inside ? "whyIn" : "whyOut")}</Tag>
            </p>
            <ul className="why-list">
              {data.reasons.map((reason) => (
                <li key={reason.path} className="row">
                  <span className={reason.ok ? "good" : "bad"}>
                    <Icon name={reason.ok ? "check" : "close"} size={14} title={t(reason.ok ? "whyIn" : "whyOut")} />
                  </span>
                  <span>
                    {say(reason.condition)}
                    <span className="small soft">{known(reason.found, say(reason.condition))}</span>
                  </span>
                </li>
              ))}
            </ul>
          </div>
        );
      }}
    </Part>
  );
}
