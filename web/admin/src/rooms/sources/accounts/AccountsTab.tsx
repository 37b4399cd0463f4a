import { Button, Modal } from "antd";
import { useState } from "react";
import type { Account, AccountCheck } from "@/api/types";
import { ConfirmTyped, DataTable, EmptyState, Icon, Tag, TimeText, toast, toastError, useMay, usePick, type Column } from "@/ui";
import { useAccounts, useCheckAccount, useRemoveAccount, useSources } from "../queries";
import { AccountForm } from "./AccountForm";
import { Checked } from "./Checked";
import { words } from "./words";
import "./accounts.css";

/** Our access to outside platforms. */
export function AccountsTab() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const accounts = useAccounts();
  const check = useCheckAccount();
  const [changing, change] = useState<Account | "new" | null>(null);
  const [removing, remove] = useState<Account | null>(null);
  const [checked, tell] = useState<{ readonly name: string; readonly answer: AccountCheck } | null>(null);
  const write = may("settings.write");
  const columns: Column<Account>[] = [
    {
      key: "name",
      title: t("colName"),
      render: (row) => (
        <span className="row">
          {row.name}
          {row.world === "practice" && <Tag tone="info">{t("practice")}</Tag>}
        </span>
      ),
    },
    { key: "platform", title: t("colPlatform"), render: (row) => say(row.title) },
    { key: "state", title: t("colState"), phone: true, sentence: true, render: (row) => <StateOf row={row} /> },
    { key: "checked", title: t("colChecked"), numeric: true, width: 150, render: (row) => <TimeText at={row.checked_at} /> },
  ];
  const add = write && (
    <Button type="primary" icon={<Icon name="plus" size={14} />} onClick={() => change("new")}>
      {t("add")}
    </Button>
  );
  const look = (row: Account) => check.mutate(row.id, { onSuccess: (answer) => tell({ name: row.name, answer }), onError: toastError });
  return (
    <>
      <div className="account-tools">
        <p className="small soft">{t("note")}</p>
        {accounts.data?.items.length ? add : null}
      </div>
      <DataTable
        id="accounts"
        label={t("title")}
        columns={columns}
        query={accounts}
        rowKey={(row) => row.id}
        pageSize={4}
        {...(write
          ? {
              onOpen: (row: Account) => row.world === "live" && change(row),
              rowActions: (row: Account) => (
                <>
                  <Button size="small" loading={check.isPending && check.variables === row.id} onClick={() => look(row)}>
                    {t("check")}
                  </Button>
                  {row.world === "live" && (
                    <>
                      <Button size="small" className="wide-only" onClick={() => change(row)}>
                        {t("change")}
                      </Button>
                      <Button size="small" type="text" icon={<Icon name="trash" size={14} />} aria-label={t("removeOne", { name: row.name })} onClick={() => remove(row)} />
                    </>
                  )}
                </>
              ),
            }
          : {})}
        empty={
          <EmptyState title={t("empty")} action={add}>
            {t("emptyWhat")}
          </EmptyState>
        }
      />
      {changing && <AccountForm platform={changing === "new" ? "" : changing.platform} of={changing === "new" ? null : changing} onClose={() => change(null)} />}
      {removing && <Remove of={removing} onClose={() => remove(null)} />}
      <Modal open={checked !== null} title={t("checkOf", { name: checked?.name ?? "" })} width={480} onCancel={() => tell(null)} footer={<Button onClick={() => tell(null)}>{t("done")}</Button>}>
        {checked && <Checked answer={checked.answer} />}
      </Modal>
    </>
  );
}

function StateOf({ row }: { row: Account }) {
  const t = words.use();
  if (!row.checked_at) return <Tag>{t("unchecked")}</Tag>;
  return row.problem ? <span className="bad">{row.problem}</span> : <Tag tone="good">{t("well")}</Tag>;
}

/** What stops when an account goes, then its name typed by hand. */
function Remove({ of, onClose }: { of: Account; onClose: () => void }) {
  const t = words.use();
  const may = useMay();
  const sources = useSources(may("ingest.read"));
  const remove = useRemoveAccount();
  const { name } = of;
  const using = (sources.data?.items ?? []).filter((one) => one.account_id === of.id).map((one) => one.name);
  return (
    <ConfirmTyped
      open
      title={t("removeOne", { name })}
      expected={name}
      verb={t("remove")}
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate(of.id, { onSuccess: () => (toast(t("removed", { name })), onClose()), onError: toastError })}
    >
      {t("removeWhat")} {using.length > 0 && <b>{t("removeStops", { names: using.join(t("comma")) })}</b>}
    </ConfirmTyped>
  );
}
