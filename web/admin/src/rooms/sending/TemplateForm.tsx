import { Button, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useChannels } from "@/api/queries";
import type { MessageTemplate } from "@/api/types";
import { Field, filled, FormSection, Page, PageHeader, Part, SchemaForm, Section, sound, TimeText, toast, toastError, useMay, usePick, type Schema, type Values } from "@/ui";
import { Preview } from "./Preview";
import { useRemoveTemplate, useSaveTemplate, useTemplate } from "./queries";
import { ReviewTag } from "./TemplatesPage";
import { TextFields, type Texts } from "./TextFields";
import { words } from "./words";
import "./sending.css";

export default function TemplateFormPage() {
  const t = words.use();
  const { id } = useParams();
  const number = id ? Number(id) : null;
  const template = useTemplate(number);
  return (
    <Page>
      <PageHeader up={{ to: "/templates", title: t("templates") }} title={template.data?.name ?? t("newTemplate")} actions={template.data && <Remove template={template.data} />} />
      {number === null ? (
        <Form saved={null} />
      ) : (
        <Part query={template} height={400}>
          {(data) => <Form saved={data} />}
        </Part>
      )}
    </Page>
  );
}

/** The form as it is edited. */
interface Draft {
  readonly name: string;
  readonly channel: string;
  readonly config: Values;
  readonly message: Texts;
}

const BLANK: Draft = { name: "", channel: "log", config: {}, message: { title: "", body: "", link: "" } };

const fromTemplate = ({ name, channel, config, message }: MessageTemplate): Draft => ({
  name,
  channel,
  config,
  message: { title: message.title ?? "", body: message.body, link: message.link ?? "" },
});

function useSchema(channel: string): Schema {
  const channels = useChannels();
  return (channels.data?.find((item) => item.key === channel)?.config_schema ?? {}) as Schema;
}

function Form({ saved }: { saved: MessageTemplate | null }) {
  const t = words.use();
  const navigate = useNavigate();
  const save = useSaveTemplate(saved?.id ?? null);
  const [draft, setDraft] = useState(saved ? fromTemplate(saved) : BLANK);
  const [tried, setTried] = useState(false);
  const schema = useSchema(draft.channel);
  const whole = sound(schema, draft.config) && draft.message.body.trim() !== "";
  const said = { channel: draft.channel, config: filled(schema, draft.config), message: draft.message };
  const submit = () => {
    setTried(true);
    const name = draft.name.trim();
    if (!whole || !name) return;
    save.mutate({ name, ...said }, { onSuccess: (one) => { toast(t("savedTemplate")); void navigate(`/templates/${one.id}`); }, onError: toastError });
  };
  return (
    <form className="split" noValidate onSubmit={(event) => { event.preventDefault(); submit(); }}>
      <Section flush>
        <TemplateFields draft={draft} set={(change) => setDraft((before) => ({ ...before, ...change(before) }))} schema={schema} tried={tried} />
      </Section>
      <aside className="stack">
        <Button type="primary" size="large" htmlType="submit" block loading={save.isPending}>
          {t("saveTemplate")}
        </Button>
        {saved && saved.reviews.length > 0 && <Reviews template={saved} />}
        <Preview said={whole ? { ...said, ...(saved ? { template_id: saved.id } : {}) } : null} />
      </aside>
    </form>
  );
}

interface FieldsProps {
  readonly draft: Draft;
  readonly set: (change: (before: Draft) => Partial<Draft>) => void;
  readonly schema: Schema;
  readonly tried: boolean;
}

function TemplateFields({ draft, set, schema, tried }: FieldsProps) {
  const t = words.use();
  const say = usePick();
  const channels = useChannels();
  return (
    <FormSection title={t("template")}>
      <Field label={t("name")} error={tried && !draft.name.trim() ? t("nameMissing") : null}>
        {(id, about) => <Input id={id} aria-describedby={about} maxLength={80} value={draft.name} onChange={(event) => set(() => ({ name: event.target.value }))} />}
      </Field>
      <Field label={t("colChannel")}>
        {(id) => (
          <Select id={id} className="sending-wide" value={draft.channel} onChange={(channel: string) => set(() => ({ channel, config: {} }))} options={(channels.data ?? []).map((item) => ({ value: item.key, label: say(item.title) }))} />
        )}
      </Field>
      <SchemaForm schema={schema} values={draft.config} told={tried} onChange={(config) => set(() => ({ config }))} />
      <TextFields texts={draft.message} set={(change) => set(({ message }) => ({ message: { ...message, ...change } }))} wrong={tried && !draft.message.body.trim()} />
    </FormSection>
  );
}

function Reviews({ template }: { template: MessageTemplate }) {
  const t = words.use();
  return (
    <Section title={t("reviewTitle")}>
      <ul className="sending-reviews">
        {template.reviews.map((one) => (
          <li key={`${one.what} ${one.code}`}>
            <div className="row">
              <span>{t(`what.${one.what}`)} {one.code}</span>
              <ReviewTag state={one.state} />
            </div>
            {one.reason && <p className="small bad">{one.reason}</p>}
            {one.text && <p className="small soft">{t("approvedText")}：{one.text}</p>}
            <p className="small soft">{one.asked_at ? <TimeText at={one.asked_at} /> : t("notAsked")}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Remove({ template }: { template: MessageTemplate }) {
  const t = words.use();
  const may = useMay();
  const navigate = useNavigate();
  const remove = useRemoveTemplate();
  const [asked, setAsked] = useState(false);
  if (!may("campaigns.write")) return null;
  const confirm = () => remove.mutate(template.id, { onSuccess: () => { toast(t("removed")); void navigate("/templates"); }, onError: toastError });
  return (
    <>
      <Button danger onClick={() => setAsked(true)}>{t("removeTemplate")}</Button>
      <Modal open={asked} title={t("removeTitle", { name: template.name })} okText={t("removeTemplate")} confirmLoading={remove.isPending} onOk={confirm} onCancel={() => setAsked(false)} width={440}>
        {t("removeWhat")}
      </Modal>
    </>
  );
}
