import { Button, Drawer, Input } from "antd";
import { useState } from "react";
import type { ApiKey, Permission } from "@/api/types";
import { ConfirmTyped, DataTable, EmptyState, Field, Icon, Tag, TimeText, toast, toastError, useMay, usePick, type Column } from "@/ui";
import { useKeysList, useMakeKey, useRevokeKey, useRoles } from "./queries";
import { PermissionField } from "./RoleForm";
import { StoreField } from "./AccessForm";
import { Secret } from "./Secret";
import { words } from "./words";

/** How machines come in. */
export function KeysTab() {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const keys = useKeysList();
  const permissions = useRoles().data?.permissions ?? [];
  const [making, make] = useState(false);
  const [secret, show] = useState("");
  const [revoking, revoke] = useState<ApiKey | null>(null);
  const write = may("access.write");
  const wordsOf = (row: ApiKey) =>
    permissions.filter((one) => row.permissions.includes("*") || row.permissions.includes(one.code)).map((one) => say(one.words));
  const columns: Column<ApiKey>[] = [
    {
      key: "name",
      title: t("keyName"),
      render: (row) => (
        <span className="row">
          {row.name}
          {row.stores?.map((store) => <Tag key={store}>{store}</Tag>)}
          {row.revoked_at && <Tag>{t("revoked")}</Tag>}
        </span>
      ),
    },
    { key: "permissions", title: t("colPermissions"), sentence: true, render: (row) => <span className="soft">{wordsOf(row).join(t("comma"))}</span> },
    { key: "created", title: t("colCreated"), numeric: true, width: 150, render: (row) => <TimeText at={row.created_at} /> },
    { key: "used", title: t("colUsed"), numeric: true, width: 150, phone: true, render: (row) => <Used of={row} /> },
  ];
  const add = write && (
    <Button type="primary" icon={<Icon name="plus" size={14} />} onClick={() => make(true)}>
      {t("newKey")}
    </Button>
  );
  return (
    <>
      <div className="settings-tools">
        <p className="small soft">{t("keysNote")}</p>
        {keys.data?.items.length ? add : null}
      </div>
      <DataTable
        id="api-keys"
        label={t("keys")}
        columns={columns}
        query={keys}
        rowKey={(row) => row.id}
        pageSize={4}
        {...(write
          ? {
              rowActions: (row: ApiKey) =>
                !row.revoked_at && (
                  <Button size="small" onClick={() => revoke(row)}>
                    {t("revoke")}
                  </Button>
                ),
            }
          : {})}
        empty={
          <EmptyState title={t("keysEmpty")} action={add}>
            {t("keysEmptyWhat")}
          </EmptyState>
        }
      />
      {making && <KeyForm permissions={permissions} onClose={() => make(false)} onMade={show} />}
      {secret && <Secret title={t("keyMade")} note={t("keyMadeNote")} value={secret} onClose={() => show("")} />}
      {revoking && <Revoke of={revoking} onClose={() => revoke(null)} />}
    </>
  );
}

function Used({ of }: { of: ApiKey }) {
  const t = words.use();
  return of.last_used_at ? <TimeText at={of.last_used_at} /> : <span className="soft">{t("neverUsed")}</span>;
}

function Revoke({ of, onClose }: { of: ApiKey; onClose: () => void }) {
  const t = words.use();
  const revoke = useRevokeKey();
  const { name } = of;
  return (
    <ConfirmTyped
      open
      title={t("revokeTitle", { name })}
      expected={name}
      verb={t("revoke")}
      busy={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate(of.id, { onSuccess: () => (toast(t("keyRevoked", { name })), onClose()), onError: toastError })}
    >
      {t("revokeWhat")}
      <Used of={of} />
    </ConfirmTyped>
  );
}

function KeyForm({ permissions, onClose, onMade }: { permissions: readonly Permission[]; onClose: () => void; onMade: (key: string) => void }) {
  const t = words.use();
  const make = useMakeKey();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>(["ingest.write"]);
  const [stores, setStores] = useState<readonly string[] | null>(null);
  const [tried, setTried] = useState(false);
  const submit = () => {
    setTried(true);
    if (!name.trim() || chosen.length === 0 || stores?.length === 0) return;
    make.mutate({ name: name.trim(), permissions: [...chosen], stores: stores && [...stores] }, { onSuccess: (made) => (onClose(), onMade(made.key)), onError: toastError });
  };
  return (
    <Drawer
      open
      size={420}
      onClose={onClose}
      title={t("newKey")}
      footer={
        <Button type="primary" block loading={make.isPending} onClick={submit}>
          {t("makeKey")}
        </Button>
      }
    >
      <Field label={t("keyName")} error={tried && !name.trim() ? t("needed") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} autoFocus maxLength={80} placeholder={t("keyNamePlaceholder")} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <PermissionField permissions={permissions} chosen={chosen} onChange={setChosen} missing={tried} />
      <StoreField stores={stores} onChange={setStores} missing={tried && stores?.length === 0} />
    </Drawer>
  );
}
