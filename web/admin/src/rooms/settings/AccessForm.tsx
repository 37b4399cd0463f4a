import { Button, Drawer, Input, Segmented, Select } from "antd";
import { useState } from "react";
import { useMe } from "@/api/session";
import type { AccessLink, Member } from "@/api/types";
import { Field, toast, toastError, usePick } from "@/ui";
import { useChangeAccess, useInvite, useRoles } from "./queries";
import { words } from "./words";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const copied = <T,>(values: readonly T[] | null) => values && [...values];

interface AccessFormProps {
  /** Whose access is changed; null invites somebody. */
  readonly of: Member | null;
  readonly onClose: () => void;
  readonly onLink: (link: AccessLink) => void;
}

/** Role and reach: of somebody new by a link, or of somebody who is here. */
export function AccessForm({ of, onClose, onLink }: AccessFormProps) {
  const t = words.use();
  const me = useMe();
  const [invite, change] = [useInvite(), useChangeAccess()];
  const start = of ?? { email: "", role: "operator", brands: null, stores: null };
  const [email, setEmail] = useState(start.email);
  const [role, setRole] = useState(start.role);
  const [brands, setBrands] = useState<readonly number[] | null>(start.brands);
  const [stores, setStores] = useState<readonly string[] | null>(start.stores);
  const [tried, setTried] = useState(false);
  const wrong = { email: !EMAIL.test(email.trim()), brands: brands?.length === 0, stores: stores?.length === 0 };
  const submit = () => {
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return;
    const body = { role, brands: copied(brands), stores: copied(stores) };
    const refused = { onError: toastError };
    if (of) change.mutate({ id: of.id, body }, { ...refused, onSuccess: () => (toast(t("accessSaved")), onClose()) });
    else invite.mutate({ ...body, email: email.trim() }, { ...refused, onSuccess: (link) => (onClose(), onLink(link)) });
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={420}
      title={of ? t("accessTitle", { name: of.name }) : t("inviteTitle")}
      footer={
        <Button type="primary" block loading={invite.isPending || change.isPending} onClick={submit}>
          {t(of ? "save" : "makeLink")}
        </Button>
      }
    >
      {!of && <EmailField email={email} onChange={setEmail} wrong={tried && wrong.email} />}
      <RoleField role={role} onChange={setRole} />
      <BrandField known={me.data?.brands ?? []} brands={brands} onChange={setBrands} missing={tried && wrong.brands} />
      <StoreField stores={stores} onChange={setStores} missing={tried && wrong.stores} />
    </Drawer>
  );
}

function RoleField({ role, onChange }: { role: string; onChange: (role: string) => void }) {
  const t = words.use();
  const say = usePick();
  const roles = useRoles().data?.items ?? [];
  const chosen = roles.find((item) => item.key === role);
  return (
    <Field label={t("roleLabel")} help={chosen && say(chosen.description)}>
      {(id, about) => (
        <Select id={id} aria-describedby={about} className="settings-wide" value={role} onChange={onChange} options={roles.map((item) => ({ value: item.key, label: say(item.name) }))} />
      )}
    </Field>
  );
}

function EmailField({ email, onChange, wrong }: { email: string; onChange: (email: string) => void; wrong: boolean }) {
  const t = words.use();
  return (
    <Field label={t("emailLabel")} error={wrong ? t("emailWrong") : null}>
      {(id, about) => <Input id={id} aria-describedby={about} type="email" autoFocus autoComplete="off" maxLength={200} value={email} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

interface BrandFieldProps {
  readonly known: readonly { readonly id: number; readonly name: string }[];
  readonly brands: readonly number[] | null;
  readonly onChange: (brands: readonly number[] | null) => void;
  readonly missing: boolean;
}

/** Asked only where there is more than one brand. */
function BrandField({ known, brands, onChange, missing }: BrandFieldProps) {
  const t = words.use();
  if (known.length < 2) return null;
  return (
    <Field label={t("brandsLabel")} error={missing ? t("brandsMissing") : null}>
      {(id) => (
        <div className="stack">
          <Either id={id} all={t("allBrands")} some={t("brandsSome")} open={brands !== null} onChange={(some) => onChange(some ? [] : null)} />
          {brands && <Select mode="multiple" aria-label={t("brandsLabel")} value={[...brands]} onChange={onChange} options={known.map((brand) => ({ value: brand.id, label: brand.name }))} />}
        </div>
      )}
    </Field>
  );
}

/** All stores, or those named. */
export function StoreField({ stores, onChange, missing }: { stores: readonly string[] | null; onChange: (stores: readonly string[] | null) => void; missing: boolean }) {
  const t = words.use();
  return (
    <Field label={t("storesLabel")} help={stores ? t("storesHelp") : null} error={missing ? t("storesMissing") : null}>
      {(id) => (
        <div className="stack">
          <Either id={id} all={t("storesAll")} some={t("storesSome")} open={stores !== null} onChange={(some) => onChange(some ? [] : null)} />
          {stores && <Select mode="tags" aria-label={t("storesLabel")} value={[...stores]} onChange={onChange} tokenSeparators={[",", " ", "，", "、"]} open={false} suffixIcon={null} />}
        </div>
      )}
    </Field>
  );
}

function Either({ id, all, some, open, onChange }: { id: string; all: string; some: string; open: boolean; onChange: (some: boolean) => void }) {
  return (
    <Segmented
      id={id}
      block
      value={open ? "some" : "all"}
      onChange={(value) => onChange(value === "some")}
      options={[
        { value: "all", label: all },
        { value: "some", label: some },
      ]}
    />
  );
}
