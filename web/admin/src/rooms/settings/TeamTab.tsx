import { Button, Dropdown, Modal } from "antd";
import { useState } from "react";
import { useMe } from "@/api/session";
import type { AccessLink, Invitation, Member } from "@/api/types";
import { DataTable, EmptyState, Icon, Tag, TimeText, toast, useMay, type Column } from "@/ui";
import { AccessForm } from "./AccessForm";
import { LinkShown } from "./Secret";
import { useDisable, useEnable, useInvitations, useLogOut, usePasswordLink, useTakeBack, useTeam } from "./queries";
import { useReachWords, useRoleName } from "./useReach";
import { useFailed } from "./useFailed";
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
          {row.name}
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
      <Waiting />
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
  const failed = useFailed();
  const [asking, ask] = useState(false);
  const [disable, enable, logOut, link] = [useDisable(), useEnable(), useLogOut(), usePasswordLink()];
  const { name } = row;
  const again = () => enable.mutate(row.id, { onSuccess: () => toast(t("enabledDone", { name })), onError: failed });
  const items = row.disabled_at
    ? [{ key: "enable", label: t("enable"), onClick: again }]
    : [
        { key: "access", label: t("changeAccess"), icon: <Icon name="edit" size={14} />, onClick: onChange },
        { key: "link", label: t("resetLink"), icon: <Icon name="refresh" size={14} />, onClick: () => link.mutate(row.id, { onSuccess: onLink, onError: failed }) },
        {
          key: "out",
          label: t("logOutAll"),
          icon: <Icon name="arrow" size={14} />,
          disabled: !row.last_seen_at,
          onClick: () => logOut.mutate(row.id, { onSuccess: (answer) => toast(t("loggedOut", { name, n: answer.ended })), onError: failed }),
        },
        { key: "disable", danger: true, label: t("disable"), icon: <Icon name="stop" size={14} />, onClick: () => ask(true) },
      ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={["click"]} placement="bottomRight">
        <Button size="small" type="text" icon={<Icon name="more" />} aria-label={`${t("more")}: ${name}`} />
      </Dropdown>
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
          disable.mutate(row.id, { onSuccess: () => toast(t("disabledDone", { name }), "good", again), onError: failed });
        }}
      >
        <p>{t("disableWhat")}</p>
      </Modal>
    </>
  );
}

function Waiting() {
  const t = words.use();
  const failed = useFailed();
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
  const undo = (row: Invitation) => takeBack.mutate(row.id, { onSuccess: () => toast(t("takenBack", { email: row.email })), onError: failed });
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
