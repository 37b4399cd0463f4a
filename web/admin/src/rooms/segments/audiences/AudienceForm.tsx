import { AutoComplete, Button, Checkbox, Drawer, Input, InputNumber, Segmented, Select } from "antd";
import { useState } from "react";
import type { AudienceIn, Segment } from "@/api/types";
import { Field, format, toast, toastError } from "@/ui";
import { useCreateAudience, useRecipients } from "./queries";
import { TargetField, type Chosen } from "./TargetField";
import { words } from "./words";

type Written = AudienceIn["identifiers"][number];
type Kind = Written["kind"];
type Form = NonNullable<Written["form"]>;

const FORMS: Readonly<Record<Kind, readonly Form[]>> = {
  phone: ["national", "digits", "e164"],
  email: [""],
  openid: [""],
  unionid: [""],
  device: ["", "lower", "upper"],
};
const KINDS = Object.keys(FORMS) as Kind[];
const HASHES = ["sha256", "md5", "sm3", "plain"] as const;
const RECIPIENT = /^[a-z0-9][a-z0-9_-]{0,39}$/;

interface AudienceFormProps {
  readonly segment: Segment;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Everything a package is made by; what is usual is filled in. */
export function AudienceForm({ segment, open, onClose }: AudienceFormProps) {
  const t = words.use();
  const create = useCreateAudience();
  const [draft, setDraft] = useState({ name: "", recipient: "", hash: "sha256" as (typeof HASHES)[number], least_people: 1_000, keep_days: 7 });
  const [written, setWritten] = useState<readonly Written[]>([{ kind: "phone", form: "national", scope: "" }]);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [tried, setTried] = useState(false);
  const set = (change: Partial<typeof draft>) => setDraft({ ...draft, ...change });
  const right = draft.name.trim() && RECIPIENT.test(draft.recipient) && written.length > 0;
  const aimed = (to: Chosen | null) => {
    setChosen(to);
    if (to) set({ least_people: Math.max(draft.least_people, to.offer.least) });
  };
  const submit = () => {
    setTried(true);
    if (!right) return;
    const aim = chosen && { kind: chosen.offer.kind, account_id: chosen.offer.account_id, renew_days: chosen.renew_days };
    const how = chosen ? { identifiers: [{ kind: chosen.writing.kind, form: chosen.writing.form, scope: "" }], hash: chosen.writing.hash } : { identifiers: [...written] };
    create.mutate(
      { ...draft, ...how, name: draft.name.trim(), segment_id: segment.id, aim },
      {
        onSuccess: () => {
          toast(t(aim ? "createdUpload" : "created"));
          setTried(false);
          set({ name: "" });
          onClose();
        },
        onError: toastError,
      },
    );
  };
  return (
    <Drawer
      open={open}
      onClose={onClose}
      title={t("formTitle")}
      rootClassName="audience-form"
      size={420}
      footer={
        <Button type="primary" block loading={create.isPending} onClick={submit}>
          {t("create")}
        </Button>
      }
    >
      <Field label={t("name")} error={tried && !draft.name.trim() ? t("needed") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} maxLength={80} placeholder={t("namePlaceholder")} value={draft.name} onChange={(event) => set({ name: event.target.value })} />}
      </Field>
      <RecipientField value={draft.recipient} wrong={tried && !RECIPIENT.test(draft.recipient)} onChange={(recipient) => set({ recipient })} />
      <TargetField chosen={chosen} onChange={aimed} />
      {!chosen && (
        <>
          <Field label={t("identifiers")} error={tried && written.length === 0 ? t("identifiersMissing") : null}>
            {() => <Kinds written={written} onChange={setWritten} />}
          </Field>
          <Field label={t("hash")} help={t(draft.hash === "plain" ? "hashPlainHelp" : "hashHelp")}>
            {(id) => <Segmented id={id} block value={draft.hash} onChange={(hash) => set({ hash })} options={HASHES.map((value) => ({ value, label: t(`hash.${value}`) }))} />}
          </Field>
        </>
      )}
      <Field label={t("least")} help={t("leastHelp")}>
        {(id) => <InputNumber id={id} min={chosen?.offer.least ?? 1} precision={0} suffix={t("people")} value={draft.least_people} onChange={(least_people) => least_people && set({ least_people })} />}
      </Field>
      <Field label={t("keep")}>
        {(id) => <InputNumber id={id} min={1} max={30} precision={0} suffix={t("days")} value={draft.keep_days} onChange={(keep_days) => keep_days && set({ keep_days })} />}
      </Field>
    </Drawer>
  );
}

function RecipientField({ value, wrong, onChange }: { value: string; wrong: boolean; onChange: (value: string) => void }) {
  const t = words.use();
  const recipients = useRecipients();
  const known = recipients.data?.items ?? [];
  const agreed = known.find((one) => one.key === value)?.people ?? 0;
  const help = !value || !recipients.data ? t("recipientHelp") : agreed > 0 ? t("recipientAgreed", { n: format.count(agreed) }) : t("recipientNobody");
  return (
    <Field label={t("recipient")} help={help} error={wrong ? t(value ? "recipientWrong" : "needed") : null}>
      {(id, about) => (
        <AutoComplete
          id={id}
          aria-describedby={about}
         
          placeholder="oceanengine"
          value={value}
          options={known.map((one) => ({ value: one.key, label: `${one.key} · ${format.count(one.people)}` }))}
          onChange={(text: string) => onChange(text.trim())}
        />
      )}
    </Field>
  );
}

function Kinds({ written, onChange }: { written: readonly Written[]; onChange: (written: readonly Written[]) => void }) {
  const t = words.use();
  return (
    <ul className="audience-kinds">
      {KINDS.map((kind) => {
        const chosen = written.find((one) => one.kind === kind);
        const forms = FORMS[kind];
        return (
          <li key={kind}>
            <Checkbox
              checked={chosen !== undefined}
              onChange={(event) => onChange(event.target.checked ? [...written, { kind, form: forms[0] ?? "", scope: "" }] : written.filter((one) => one.kind !== kind))}
            >
              {t(`kind.${kind}`)}
            </Checkbox>
            {chosen && forms.length > 1 && (
              <Select
                size="small"
                aria-label={t(`kind.${kind}`)}
                value={chosen.form ?? ""}
                options={forms.map((form) => ({ value: form, label: t(`form.${form || "asis"}`) }))}
                onChange={(form) => onChange(written.map((one) => (one.kind === kind ? { ...one, form } : one)))}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}
