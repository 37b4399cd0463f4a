import { Select } from "antd";
import { useTemplates } from "@/api/queries";
import { Field } from "@/ui";
import { words } from "../words";
import type { Message } from "./MessageFields";

/** A stored template in place of a text of its own. */
export function TemplateChoice({ draft, set }: { draft: Message; set: (change: Partial<Message>) => void }) {
  const t = words.use();
  const templates = useTemplates();
  const stored = templates.data?.items ?? [];
  if (stored.length === 0) return null;
  const choose = (id: number) => {
    const one = stored.find((item) => item.id === id);
    if (!one) return set({ template: null });
    set({ template: one.id, channel: one.channel, config: one.config, title: one.message.title ?? "", body: one.message.body, link: one.message.link ?? "" });
  };
  return (
    <Field label={t("useTemplate")} help={t("useTemplateHelp")}>
      {(id) => <Select id={id} className="field-wide" value={draft.template ?? 0} onChange={choose} options={[{ value: 0, label: t("ownMessage") }, ...stored.map((item) => ({ value: item.id, label: item.name }))]} />}
    </Field>
  );
}
