import { DatePicker, Input, InputNumber, Select, Slider } from "antd";
import dayjs from "dayjs";
import { Field, FormSection, format, useBrand, usePick, SchemaForm, type Schema } from "@/ui";
import { useChannels } from "@/api/queries";
import type { useSegmentChoice } from "@/api/segmentChoice";
import { words } from "../words";
import type { Draft, Missing } from "./draft";
import type { Slots } from "./slots";
import { TemplateChoice } from "./TemplateChoice";

const HOURS = Array.from({ length: 48 }, (_, half) => {
  const text = `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`;
  return { value: text, label: text };
});

const PRIORITIES = [5, 4, 3, 2, 1] as const;

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
  const say = usePick();
  const channels = useChannels();
  const channel = channels.data?.find((item) => item.key === draft.channel);
  return (
    <FormSection title={t("what")} note={t("whatNote")}>
      <TemplateChoice draft={draft} set={set} />
      <Field label={t("channel")} help={channel ? t(channel.dedupe === "key" ? "dedupeKey" : "dedupeNone") : null}>
        {(id) => (
          <Select
            id={id}
            className="field-wide"
            disabled={draft.template !== null}
            value={draft.channel}
            onChange={(key: string) => set({ channel: key, config: {} })}
            options={(channels.data ?? []).filter((item) => item.enabled).map((item) => ({ value: item.key, label: say(item.title) }))}
          />
        )}
      </Field>
      {channel && draft.template === null && <SchemaForm schema={channel.config_schema as Schema} values={draft.config} told={wrong.has("config")} onChange={(config) => set({ config })} />}
      {draft.template === null && <Texts texts={draft} set={set} wrong={wrong.has("body")} />}
    </FormSection>
  );
}

export function LimitsFields({ draft, set }: FieldsProps) {
  const t = words.use();
  const { businessOn } = useBrand();
  return (
    <FormSection title={t("limits")} note={t("limitsNote")}>
      <Field label={t("quiet")} help={t("quietHelp")}>
        {(id) => (
          <div className="row">
            <Select id={id} className="field-time" value={draft.quietFrom} options={HOURS} onChange={(quietFrom: string) => set({ quietFrom })} />
            <span className="soft">–</span>
            <Select aria-label={t("quiet")} className="field-time" value={draft.quietTo} options={HOURS} onChange={(quietTo: string) => set({ quietTo })} />
          </div>
        )}
      </Field>
      <Field label={t("frequency")} help={t("frequencyHelp")}>
        {(id) => (
          <div className="row">
            <InputNumber id={id} min={1} className="field-short" value={draft.messages} onChange={(value) => set({ messages: Number(value ?? 1) })} />
            <span className="soft">{t("messagesIn")}</span>
            <InputNumber aria-label={t("days")} min={1} className="field-short" value={draft.days} onChange={(value) => set({ days: Number(value ?? 1) })} />
            <span className="soft">{t("days")}</span>
          </div>
        )}
      </Field>
      <Field label={t("priority")} help={t("priorityHelp")}>
        {(id) => <Select id={id} className="field-time" value={draft.priority} options={PRIORITIES.map((value) => ({ value, label: t(`priority.${value}`) }))} onChange={(priority: Draft["priority"]) => set({ priority })} />}
      </Field>
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
