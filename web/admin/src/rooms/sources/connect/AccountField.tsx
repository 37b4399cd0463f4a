import { Button, Select } from "antd";
import { useState } from "react";
import type { Account, AccountCheck } from "@/api/types";
import { Banner, Field, FormSection, Icon, toastError, useMay, usePick } from "@/ui";
import { AccountForm } from "../accounts/AccountForm";
import { Checked } from "../accounts/Checked";
import { useAccounts, useCheckAccount, usePlatforms, usePractice } from "../queries";
import { words } from "../words";

interface AccountFieldProps {
  readonly platform: string;
  readonly value: number | null;
  readonly onChange: (id: number) => void;
  readonly missing: boolean;
}

/** Whose account a source is read with: one of those there are, or one added in place. */
export function AccountField({ platform, value, onChange, missing }: AccountFieldProps) {
  const t = words.use();
  const say = usePick();
  const may = useMay();
  const accounts = useAccounts(may("settings.read"));
  const title = usePlatforms(may("settings.read")).data?.find((one) => one.key === platform);
  const practising = usePractice().data?.on ?? false;
  const check = useCheckAccount();
  const [adding, add] = useState(false);
  const [checked, tell] = useState<{ readonly id: number; readonly answer: AccountCheck } | null>(null);
  const usable = (accounts.data?.items ?? []).filter((one) => one.platform === platform && (one.world === "live" || practising));
  const label = (one: Account) => (one.world === "practice" ? t("practiceAccount", { name: one.name }) : one.name);
  const name = title ? say(title.title) : platform;
  if (!may("settings.read"))
    return (
      <FormSection title={t("colAccount")}>
        <Banner tone="info">{t("accountNotAllowed")}</Banner>
      </FormSection>
    );
  return (
    <FormSection title={t("colAccount")} note={t("accountNote", { platform: name })}>
      <Field label={t("accountOf", { platform: name })} error={missing ? t("accountMissing") : null} help={accounts.data && usable.length === 0 ? t("accountNone") : null}>
        {(id, about) => (
          <div className="row wrap source-account">
            {usable.length > 0 && (
              <Select id={id} aria-describedby={about} placeholder={t("accountChoose")} value={usable.some((one) => one.id === value) ? value : null} options={usable.map((one) => ({ value: one.id, label: label(one) }))} onChange={onChange} />
            )}
            {may("settings.write") && (
              <Button icon={<Icon name="plus" size={14} />} onClick={() => add(true)}>
                {t("accountAdd")}
              </Button>
            )}
            {value !== null && may("settings.write") && (
              <Button loading={check.isPending} onClick={() => check.mutate(value, { onSuccess: (answer) => tell({ id: value, answer }), onError: toastError })}>
                {t("accountCheck")}
              </Button>
            )}
          </div>
        )}
      </Field>
      {checked && checked.id === value && <Checked answer={checked.answer} />}
      {adding && <AccountForm platform={platform} of={null} onClose={() => add(false)} onSaved={(saved) => onChange(saved.id)} />}
    </FormSection>
  );
}
