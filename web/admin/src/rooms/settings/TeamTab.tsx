import { Button, Modal, Switch } from "antd";
import { useId, useState } from "react";
import { useMe } from "@/api/session";
import type { AccessLink, Invitation, Member } from "@/api/types";
import { DataTable, EmptyState, Icon, More, Tag, TimeText, toast, toastError, useMay, type Column, type MoreItem } from "@/ui";
import { AccessForm } from "./AccessForm";
import { LinkShown } from "./Secret";
import { useChangePolicy, useDisable, useEnable, useInvitations, useLoginPolicy, useLogOut, usePasswordLink, useResetFactor, useTakeBack, useTeam } from "./queries";
import { useReachWords, useRoleName } from "./useReach";
import { words } from "./words";

/** Who works here, as what, and how far they see. */
export function TeamTab() {
  const t = words.use();
  const may = useMay();
  const team = useTeam();
  const me = useMe();
  const reach = useReachWords();
  const roleName = useRoleName();
  const [changing, change] = useState<Member | "new" | null>(null);
  const [link, show] = useState<AccessLink | null>(null);
  const write = may("access.write");
  const own = (row: Member) => row.id === me.data?.user.id;
  const columns: Column<Member>[] = [
    {
      key: "name",
      title: t("colName"),
      render: (row) => (
        <span className="settings-person">
          <span className="row">
            {row.name}
            {row.second_factor && <Tag tone="good">{t("factorTag")}</Tag>}
          </span>
          <small className="soft">{row.email}</small>
        </span>
      ),
    },
    { key: "role", title: t("colRole"), phone: true, render: (row) => roleName(row.role) },
    { key: "reach", title: t("colReach"), render: (row) => <span className="soft">{reach(row)}</span> },
    { key: "seen", title: t("colSeen"), numeric: true, width: 150, render: (row) => (row.last_seen_at ? <TimeText at={row.last_seen_at} /> : <span className="soft">{t("notSignedIn")}</span>) },
    { key: "state", title: t("colState"), width: 120, render: (row) => <StateTag row={row} /> },
  ];
  const invite = write && (
    <Button type="primary" icon={<Icon name="plus" size={14} />} onClick={() => change("new")}>
      {t("invite")}
    </Button>
  );
  return (
    <>
      <div className="settings-tools">
        <p className="small soft">{t("teamNote")}</p>
        {invite}
      </div>
      <DataTable
        id="team"
        label={t("team")}
        columns={columns}
        query={team}
        rowKey={(row) => row.id}
        pageSize={6}
        {...(write ? { rowActions: (row: Member) => !own(row) && <Actions row={row} onChange={() => change(row)} onLink={show} /> } : {})}
        empty={
          <EmptyState title={t("teamEmpty")} action={invite}>
            {t("teamEmptyWhat")}
          </EmptyState>
        }
      />
      {!team.isPending && (
        <>
          <Policy />
          <Waiting />
        </>
      )}
      {changing && <AccessForm of={changing === "new" ? null : changing} onClose={() => change(null)} onLink={show} />}
      <LinkShown link={link} onClose={() => show(null)} />
    </>
  );
}

function StateTag({ row }: { row: Member }) {
  const t = words.use();
  if (row.disabled_at) return <Tag>{t("disabled")}</Tag>;
  if (row.locked_until) return <Tag tone="warning">{t("locked")}</Tag>;
  return <Tag tone="good">{t("active")}</Tag>;
}

function Actions({ row, onChange, onLink }: { row: Member; onChange: () => void; onLink: (link: AccessLink) => void }) {
  const t = words.use();
  const [asking, ask] = useState(false);
  const [disable, enable, logOut, link, resetFactor] = [useDisable(), useEnable(), useLogOut(), usePasswordLink(), useResetFactor()];
  const { name } = row;
  const again = () => enable.mutate(row.id, { onSuccess: () => toast(t("enabledDone", { name })), onError: toastError });
  const items: (MoreItem | false)[] = row.disabled_at
    ? [{ key: "enable", label: t("enable"), onClick: again }]
    : [
        { key: "access", label: t("changeAccess"), icon: "edit", onClick: onChange },
        { key: "link", label: t("resetLink"), icon: "refresh", onClick: () => link.mutate(row.id, { onSuccess: onLink, onError: toastError }) },
        {
          key: "out",
          label: t("logOutAll"),
          icon: "arrow",
          disabled: !row.last_seen_at,
          onClick: () => logOut.mutate(row.id, { onSuccess: (answer) => toast(t("loggedOut", { name, n: answer.ended })), onError: toastError }),
        },
        row.second_factor && { key: "factor", label: t("factorReset"), icon: "stop", onClick: () => resetFactor.mutate(row.id, { onSuccess: () => toast(t("factorResetDone", { name })), onError: toastError }) },
        { key: "disable", danger: true, label: t("disable"), icon: "stop", onClick: () => ask(true) },
      ];
  return (
    <>
      <More items={items} of={name} small />
      <Modal
        open={asking}
        width={440}
        title={t("disableTitle", { name })}
        okText={t("disable")}
        okButtonProps={{ danger: true }}
        cancelText={t("cancel")}
        onCancel={() => ask(false)}
        onOk={() => {
          ask(false);
          disable.mutate(row.id, { onSuccess: () => toast(t("disabledDone", { name }), "good", again), onError: toastError });
        }}
      >
        <p>{t("disableWhat")}</p>
      </Modal>
    </>
  );
}

/** What everybody's login needs. */
function Policy() {
  const t = words.use();
  const may = useMay();
  const policy = useLoginPolicy();
  const change = useChangePolicy();
  const id = useId();
  if (!policy.data) return null;
  const required = policy.data.second_factor_required;
  return (
    <div className="settings-policy">
      <Switch id={id} checked={required} disabled={!may("access.write")} loading={change.isPending} onChange={(next) => change.mutate(next, { onSuccess: () => toast(t(next ? "policyOn" : "policyOff")), onError: toastError })} />
      <label htmlFor={id}>
        {t("policy")} <span className="small soft">{t("policyWhat")}</span>
      </label>
    </div>
  );
}

function Waiting() {
  const t = words.use();
  const may = useMay();
  const invitations = useInvitations();
  const takeBack = useTakeBack();
  const reach = useReachWords();
  const roleName = useRoleName();
  if (!invitations.data?.items.length) return null;
  const columns: Column<Invitation>[] = [
    { key: "email", title: t("colEmail"), render: (row) => row.email },
    { key: "role", title: t("colRole"), phone: true, render: (row) => roleName(row.role) },
    { key: "reach", title: t("colReach"), render: (row) => <span className="soft">{reach(row)}</span> },
    { key: "by", title: t("colInvitedBy"), render: (row) => row.invited_by },
    { key: "until", title: t("colUntil"), numeric: true, width: 150, render: (row) => <TimeText at={row.expires_at} /> },
  ];
  const undo = (row: Invitation) => takeBack.mutate(row.id, { onSuccess: () => toast(t("takenBack", { email: row.email })), onError: toastError });
  return (
    <div className="settings-waiting">
      <h2>{t("waiting")}</h2>
      <p className="small soft">{t("waitingNote")}</p>
      <DataTable
        id="invitations"
        label={t("waiting")}
        columns={columns}
        query={invitations}
        rowKey={(row) => row.id}
        bare
        empty={null}
        {...(may("access.write")
          ? {
              rowActions: (row: Invitation) => (
                <Button size="small" onClick={() => undo(row)}>
                  {t("takeBack")}
                </Button>
              ),
            }
          : {})}
      />
    </div>
  );
}
