import { Button, Drawer, Input, Select } from "antd";
import { useState } from "react";
import type { Account, AccountCheck, Platform } from "@/api/types";
import { Field, filled, Icon, Part, SchemaForm, Skeleton, sound, toast, toastError, usePick, type Schema, type Values } from "@/ui";
import { useCheckAccount, usePlatforms, useSaveAccount } from "../queries";
import { Checked } from "./Checked";
import { asRates, Rates, rowsOf } from "./Rates";
import { words } from "./words";
import "./accounts.css";

interface AccountFormProps {
  /** Fixed where the place says which; "" = to be chosen. */
  readonly platform: string;
  readonly of: Account | null;
  readonly onClose: () => void;
  readonly onSaved?: (saved: Account) => void;
}

/** Add an account or change one; once saved, what may be done with it is tried at once. */
export function AccountForm({ platform, of, onClose, onSaved }: AccountFormProps) {
  const t = words.use();
  const say = usePick();
  const platforms = usePlatforms();
  const check = useCheckAccount();
  const [chosen, choose] = useState(platform);
  const [answer, tell] = useState<AccountCheck | null>(null);
  const [saved, keep] = useState(false);
  const kind = platforms.data?.find((one) => one.key === chosen);
  const after = (account: Account) => {
    keep(true);
    onSaved?.(account);
    toast(t("saved", { name: account.name }));
    check.mutate(account.id, { onSuccess: tell, onError: (error) => (toastError(error), onClose()) });
  };
  return (
    <Drawer open size={460} onClose={onClose} title={of ? t("changeTitle", { name: of.name }) : t("addTitle")}>
      {saved ? (
        <>
          {answer ? <Checked answer={answer} /> : <Waiting />}
          <Button className="account-done" type="primary" block disabled={check.isPending} onClick={onClose}>
            {t("done")}
          </Button>
        </>
      ) : (
        <Part query={platforms} height={200}>
          {(found) => (
            <>
              {!platform && (
                <Field label={t("colPlatform")}>
                  {(id) => <Select id={id} className="account-wide" showSearch={{ optionFilterProp: "label" }} placeholder={t("choosePlatform")} value={chosen || null} options={found.map((one) => ({ value: one.key, label: say(one.title) }))} onChange={choose} />}
                </Field>
              )}
              {kind && <Fields key={kind.key} kind={kind} of={of} onSaved={after} />}
            </>
          )}
        </Part>
      )}
    </Drawer>
  );
}

function Waiting() {
  const t = words.use();
  return (
    <>
      <p className="soft">{t("checking")}</p>
      <Skeleton lines={4} />
    </>
  );
}

function Fields({ kind, of, onSaved }: { kind: Platform; of: Account | null; onSaved: (saved: Account) => void }) {
  const t = words.use();
  const save = useSaveAccount(of?.id ?? null);
  const [name, setName] = useState(of?.name ?? "");
  const [settings, setSettings] = useState<Values>(of?.settings ?? {});
  const [rates, setRates] = useState(() => rowsOf(of?.rates ?? {}));
  const [tried, setTried] = useState(false);
  const schema = kind.config_schema as Schema;
  const submit = () => {
    setTried(true);
    const paces = asRates(rates);
    if (!name.trim() || !sound(schema, settings) || paces === null) return;
    save.mutate({ platform: kind.key, name: name.trim(), settings: filled(schema, settings), rates: paces }, { onSuccess: onSaved, onError: toastError });
  };
  return (
    <form
      noValidate
      className="account-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p className="small soft">
        {t("whereToGet")}{" "}
        <a className="link" href={kind.page} target="_blank" rel="noreferrer">
          {t("platformPage")}
        </a>
      </p>
      <Field label={t("colName")} help={t("nameHelp")} error={tried && !name.trim() ? t("needed") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} autoFocus maxLength={100} placeholder={t("namePlaceholder")} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <SchemaForm schema={schema} values={settings} onChange={setSettings} told={tried} />
      <p className="small soft account-secret">{t(of ? "secretsStay" : "secretsHidden")}</p>
      <Rates rows={rates} onChange={setRates} tried={tried} />
      <Button type="primary" htmlType="submit" block icon={<Icon name="check" size={14} />} loading={save.isPending}>
        {t("saveAndCheck")}
      </Button>
    </form>
  );
}
