import { Button } from "antd";
import { Fragment, useState } from "react";
import type { Permission, Role } from "@/api/types";
import { Icon, More, Part, toast, toastError, useMay, usePick, type MoreItem } from "@/ui";
import { useDeleteRole, useRoles, useSaveRole } from "./queries";
import { RoleForm } from "./RoleForm";
import { words } from "./words";

export interface Group {
  readonly title: string;
  readonly permissions: readonly Permission[];
}

/** Permissions under the headings of their rooms, in the server's order. */
export function grouped(permissions: readonly Permission[], say: (text: Permission["group"]) => string): Group[] {
  const groups = new Map<string, Permission[]>();
  for (const one of permissions) groups.set(say(one.group), [...(groups.get(say(one.group)) ?? []), one]);
  return [...groups].map(([title, held]) => ({ title, permissions: held }));
}

export const holds = (role: Role, code: string) => role.permissions.includes("*") || role.permissions.includes(code);

export interface Drafted {
  readonly role: Role | null;
  /** A pattern to begin with, saved as a new role. */
  readonly copy: boolean;
}

/** What each role may do, side by side. */
export function RolesTab() {
  const t = words.use();
  const may = useMay();
  const roles = useRoles();
  const [draft, setDraft] = useState<Drafted | null>(null);
  const remove = useDeleteRole();
  const say = usePick();
  const make = useSaveRole(null);
  const drop = (role: Role) => {
    // Nobody has a role that can be deleted, so one made again of the same words is the same.
    const again = () => make.mutate({ name: say(role.name), description: say(role.description), permissions: role.permissions }, { onError: toastError });
    remove.mutate(role.key, { onSuccess: () => toast(t("roleDeleted", { name: say(role.name) }), "good", again), onError: toastError });
  };
  const write = may("access.write");
  return (
    <>
      <div className="settings-tools">
        <p className="small soft">{t("rolesNote")}</p>
        {write && (
          <Button type="primary" icon={<Icon name="plus" size={14} />} onClick={() => setDraft({ role: null, copy: true })}>
            {t("newRole")}
          </Button>
        )}
      </div>
      <Part query={roles} height={420}>
        {(data) => (
          <>
            <Matrix roles={data.items} permissions={data.permissions} edit={write ? setDraft : null} drop={drop} />
            {draft && <RoleForm draft={draft} permissions={data.permissions} onClose={() => setDraft(null)} />}
          </>
        )}
      </Part>
    </>
  );
}

interface MatrixProps {
  readonly roles: readonly Role[];
  readonly permissions: readonly Permission[];
  readonly edit: ((draft: Drafted) => void) | null;
  readonly drop: (role: Role) => void;
}

function Matrix({ roles, permissions, edit, drop }: MatrixProps) {
  const t = words.use();
  const say = usePick();
  return (
    <div className="settings-matrix">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("permission")}</th>
            {roles.map((role) => (
              <th scope="col" key={role.key} title={say(role.description)}>
                <span className="settings-role">
                  {say(role.name)}
                  {edit && <RoleActions role={role} edit={edit} drop={drop} />}
                </span>
                <small className="soft">{role.people ? t("people", { n: role.people }) : role.built_in ? t("builtIn") : t("people", { n: 0 })}</small>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {grouped(permissions, say).map((group) => (
            <Fragment key={group.title}>
              <tr className="settings-group">
                <th scope="rowgroup" colSpan={roles.length + 1}>
                  {group.title}
                </th>
              </tr>
              {group.permissions.map((one) => (
                <tr key={one.code}>
                  <th scope="row" title={one.code}>
                    {say(one.words)}
                  </th>
                  {roles.map((role) => (
                    <td key={role.key}>{holds(role, one.code) ? <Icon name="check" title={t("may")} /> : <i role="img" aria-label={t("mayNot")} />}</td>
                  ))}
                </tr>
              ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RoleActions({ role, edit, drop }: { role: Role; edit: (draft: Drafted) => void; drop: (role: Role) => void }) {
  const t = words.use();
  const say = usePick();
  const copy: MoreItem = { key: "copy", label: t("byPattern"), icon: "plus", onClick: () => edit({ role, copy: true }) };
  const items: MoreItem[] = role.built_in
    ? [copy]
    : [
        { key: "edit", label: t("editRole"), icon: "edit", onClick: () => edit({ role, copy: false }) },
        copy,
        { key: "delete", danger: true, disabled: role.people > 0, label: t("deleteRole"), icon: "trash", onClick: () => drop(role) },
      ];
  return <More items={items} of={say(role.name)} small />;
}
