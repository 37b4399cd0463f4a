import { Button, Checkbox, Drawer, Input } from "antd";
import { useState } from "react";
import type { Permission } from "@/api/types";
import { Banner, Field, toast, toastError, useMay, usePick } from "@/ui";
import { useSaveRole } from "./queries";
import { type Drafted, grouped, holds } from "./RolesTab";
import { words } from "./words";

interface RoleFormProps {
  readonly draft: Drafted;
  readonly permissions: readonly Permission[];
  readonly onClose: () => void;
}

export function RoleForm({ draft: { role, copy }, permissions, onClose }: RoleFormProps) {
  const t = words.use();
  const say = usePick();
  const save = useSaveRole(role && !copy ? role.key : null);
  const [name, setName] = useState(role && !copy ? say(role.name) : "");
  const [description, setDescription] = useState(role && !copy ? say(role.description) : "");
  const [chosen, setChosen] = useState<readonly string[]>(() => permissions.map((one) => one.code).filter((code) => role && holds(role, code)));
  const [tried, setTried] = useState(false);
  const submit = () => {
    setTried(true);
    if (!name.trim() || chosen.length === 0) return;
    save.mutate(
      { name: name.trim(), description: description.trim(), permissions: [...chosen] },
      { onSuccess: () => (toast(t("roleSaved", { name: name.trim() })), onClose()), onError: toastError },
    );
  };
  return (
    <Drawer
      open
      size={420}
      onClose={onClose}
      title={t(role && !copy ? "editRole" : "newRole")}
      footer={
        <Button type="primary" block loading={save.isPending} onClick={submit}>
          {t("save")}
        </Button>
      }
    >
      {role && !copy && role.people > 0 && <Banner tone="warning">{t("roleAffects", { n: role.people })}</Banner>}
      <Field label={t("roleName")} error={tried && !name.trim() ? t("needed") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} autoFocus maxLength={60} placeholder={t("roleNamePlaceholder")} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label={t("roleDescription")} optional={t("optional")}>
        {(id) => <Input id={id} maxLength={200} value={description} onChange={(event) => setDescription(event.target.value)} />}
      </Field>
      <PermissionField permissions={permissions} chosen={chosen} onChange={setChosen} missing={tried} />
    </Drawer>
  );
}

interface PermissionFieldProps {
  readonly permissions: readonly Permission[];
  readonly chosen: readonly string[];
  readonly onChange: (codes: readonly string[]) => void;
  readonly missing: boolean;
}

/** Permissions under their headings; what one has not oneself cannot be given. */
export function PermissionField({ permissions, chosen, onChange, missing }: PermissionFieldProps) {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  return (
    <Field label={t("colPermissions")} error={missing && chosen.length === 0 ? t("permissionsMissing") : null}>
      {() =>
        grouped(permissions, say).map((group) => (
          <fieldset key={group.title} className="settings-choice">
            <legend className="small soft">{group.title}</legend>
            {group.permissions.map(({ code, words: label }) => (
              <Checkbox
                key={code}
                checked={chosen.includes(code)}
                disabled={!may(code)}
                onChange={(event) => onChange(event.target.checked ? [...chosen, code] : chosen.filter((one) => one !== code))}
              >
                {say(label)}
              </Checkbox>
            ))}
          </fieldset>
        ))
      }
    </Field>
  );
}
