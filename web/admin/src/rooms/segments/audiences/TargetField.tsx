import { InputNumber, Select } from "antd";
import type { AudienceOffer } from "@/api/types";
import { Field, format, usePick } from "@/ui";
import { useOffers } from "./queries";
import { words } from "./words";

export type Writing = AudienceOffer["writings"][number];

/** An account to upload to, how its platform wants people written, and how often. */
export interface Chosen {
  readonly offer: AudienceOffer;
  readonly writing: Writing;
  readonly renew_days: number;
}

/** Where a package goes: a file to hand over, or an ad account that it is uploaded to. */
export function TargetField({ chosen, onChange }: { chosen: Chosen | null; onChange: (chosen: Chosen | null) => void }) {
  const t = words.use();
  const pick = usePick();
  const offers = useOffers(true).data?.items ?? [];
  const choose = (id: number) => {
    const offer = offers.find((one) => one.account_id === id);
    const writing = offer?.writings[0];
    onChange(offer && writing ? { offer, writing, renew_days: 7 } : null);
  };
  if (offers.length === 0) return null;
  return (
    <>
      <Field label={t("way")} help={t(chosen ? "wayUploadHelp" : "wayFileHelp")}>
        {(id) => (
          <Select
            id={id}
            value={chosen?.offer.account_id ?? 0}
            onChange={choose}
            options={[{ value: 0, label: t("wayFile") }, ...offers.map((one) => ({ value: one.account_id, label: `${pick(one.title)} · ${one.account}` }))]}
          />
        )}
      </Field>
      {chosen && (
        <>
          <Field label={t("identifiers")} help={t("writingHelp")}>
            {(id) => (
              <Select
                id={id}
                value={chosen.writing.id_type}
                onChange={(type) => onChange({ ...chosen, writing: chosen.offer.writings.find((one) => one.id_type === type) ?? chosen.writing })}
                options={chosen.offer.writings.map((one) => ({ value: one.id_type, label: `${t(`kind.${one.kind}`)} · ${t(`form.${one.form || "asis"}`)} · ${t(`hash.${one.hash}`)}` }))}
              />
            )}
          </Field>
          <Field label={t("renew")} help={t("renewHelp")}>
            {(id) => <InputNumber id={id} min={0} max={30} precision={0} suffix={t("days")} value={chosen.renew_days} onChange={(days) => onChange({ ...chosen, renew_days: days ?? 0 })} />}
          </Field>
          <p className="small soft">{t("wayLeast", { n: format.count(chosen.offer.least) })}</p>
        </>
      )}
    </>
  );
}
