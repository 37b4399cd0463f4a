import { DatePicker, Input, InputNumber, Select, Slider } from "antd";
import dayjs from "dayjs";
import { Field, FormSection, format, useBrand } from "@/ui";
import type { useSegmentChoice } from "@/api/segmentChoice";
import { words } from "../words";
import type { Draft, Missing } from "./draft";
import { GateFields, MessageFields } from "./MessageFields";
import type { Slots } from "./slots";

interface FieldsProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
  readonly wrong: ReadonlySet<Missing>;
}

interface WhoProps extends FieldsProps {
  readonly segments: ReturnType<typeof useSegmentChoice>;
  readonly people: number | null;
}

export function WhoFields({ draft, set, wrong, segments, people }: WhoProps) {
  const t = words.use();
  return (
    <FormSection title={t("who")} note={t("whoNote")}>
      <Field label={t("name")} error={wrong.has("name") ? t("nameMissing") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} maxLength={80} value={draft.name} onChange={(event) => set({ name: event.target.value })} />}
      </Field>
      <Field label={t("segment")} help={people === null ? null : t("segmentHelp", { n: format.count(people) })} error={wrong.has("segment") ? t("segmentMissing") : null}>
        {(id) => (
          <Select
            id={id}
            className="field-wide"
            showSearch={segments.search}
            value={segments.own ? draft.segment : null}
            onChange={(segment: number) => set({ segment })}
            options={segments.items.map((item) => ({ value: item.id, label: `${item.name} · ${format.count(item.people)}` }))}
          />
        )}
      </Field>
      <Field label={t("holdout")} help={t("holdoutHelp")} error={draft.holdoutPercent === 0 ? t("holdoutZero") : null}>
        {(id) => (
          <div className="row holdout">
            <Slider min={0} max={50} step={5} value={draft.holdoutPercent} onChange={(holdoutPercent) => set({ holdoutPercent })} tooltip={{ open: false }} ariaLabelForHandle={t("holdout")} />
            <InputNumber id={id} min={0} max={90} suffix="%" value={draft.holdoutPercent} onChange={(value) => set({ holdoutPercent: Number(value ?? 0) })} />
          </div>
        )}
      </Field>
    </FormSection>
  );
}

export function WhatFields({ draft, set, wrong, Texts }: FieldsProps & Pick<Slots, "Texts">) {
  const t = words.use();
  return (
    <FormSection title={t("what")} note={t("whatNote")}>
      <MessageFields draft={draft} set={set} wrong={wrong} Texts={Texts} />
    </FormSection>
  );
}

export function LimitsFields({ draft, set }: FieldsProps) {
  const t = words.use();
  const { businessOn } = useBrand();
  return (
    <FormSection title={t("limits")} note={t("limitsNote")}>
      <GateFields draft={draft} set={set} />
      <Field label={t("window")} help={t("windowHelp")}>
        {(id) => <InputNumber id={id} min={1} max={365} suffix={t("days")} value={draft.windowDays} onChange={(value) => set({ windowDays: Number(value ?? 30) })} />}
      </Field>
      <Field label={t("replayOn")} optional={t("optional")} help={t("replayHelp")}>
        {(id) => (
          <DatePicker
            id={id}
            value={draft.replayOn ? dayjs(draft.replayOn) : null}
            maxDate={businessOn ? dayjs(businessOn).subtract(1, "day") : dayjs()}
            onChange={(date) => set({ replayOn: date ? date.format("YYYY-MM-DD") : null })}
          />
        )}
      </Field>
    </FormSection>
  );
}
