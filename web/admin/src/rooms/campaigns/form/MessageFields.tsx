import { InputNumber, Select } from "antd";
import { useChannels } from "@/api/queries";
import { Field, SchemaForm, usePick, type Schema } from "@/ui";
import { words } from "../words";
import type { Draft, Missing } from "./draft";
import type { Slots } from "./slots";
import { TemplateChoice } from "./TemplateChoice";
import "../campaigns.css";

const HOURS = Array.from({ length: 48 }, (_, half) => {
  const text = `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`;
  return { value: text, label: text };
});

const PRIORITIES = [5, 4, 3, 2, 1] as const;

export type Message = Pick<Draft, "channel" | "config" | "template" | "title" | "body" | "link">;
export type Gates = Pick<Draft, "quietFrom" | "quietTo" | "messages" | "days" | "priority">;

interface MessageFieldsProps extends Pick<Slots, "Texts"> {
  readonly draft: Message;
  readonly set: (change: Partial<Message>) => void;
  readonly wrong: ReadonlySet<Missing>;
}

/** By which channel something is said, and what; or a stored template in place of both. */
export function MessageFields({ draft, set, wrong, Texts }: MessageFieldsProps) {
  const t = words.use();
  const say = usePick();
  const channels = useChannels();
  const channel = channels.data?.find((item) => item.key === draft.channel);
  return (
    <>
      <TemplateChoice draft={draft} set={set} />
      <Field label={t("channel")} help={channel ? t(channel.dedupe === "key" ? "dedupeKey" : "dedupeNone") : null}>
        {(id) => (
          <Select
            id={id}
            className="field-wide"
            disabled={draft.template !== null}
            placeholder={t("channelChoose")}
            value={draft.channel || null}
            onChange={(key: string) => set({ channel: key, config: {} })}
            options={(channels.data ?? []).filter((item) => item.enabled).map((item) => ({ value: item.key, label: say(item.title) }))}
          />
        )}
      </Field>
      {channel && draft.template === null && <SchemaForm schema={channel.config_schema as Schema} values={draft.config} told={wrong.has("config")} onChange={(config) => set({ config })} />}
      {draft.template === null && <Texts texts={draft} set={set} wrong={wrong.has("body")} />}
    </>
  );
}

/** When nobody is disturbed, how often at most, and who goes first. */
export function GateFields({ draft, set }: { draft: Gates; set: (change: Partial<Gates>) => void }) {
  const t = words.use();
  return (
    <>
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
    </>
  );
}
