import { AutoComplete, Button, Input, Segmented } from "antd";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useTags } from "@/api/queries";
import type { TagRow } from "@/api/types";
import { Field, FormSection, Page, PageHeader, Part, toast, toastError } from "@/ui";
import { blank, body, fromTag, ready, type Draft, type Origin } from "./draft";
import { useSaveTag, useTag } from "./queries";
import { Values } from "./Values";
import { words } from "./words";
import "../builder/rule.css";
import "../segments.css";
import "./tags.css";

const ORIGINS: readonly Origin[] = ["rule", "computed", "imported", "manual"];

export default function TagForm() {
  const t = words.use();
  const { id } = useParams();
  const tagId = id ? Number(id) : null;
  const tag = useTag(tagId);
  return (
    <Page>
      <PageHeader up={tagId ? { to: `/tags/${tagId}`, title: tag.data?.name ?? t("title") } : { to: "/tags", title: t("title") }} title={t(tagId ? "editTitle" : "newTag")} note={t("formNote")} />
      {tagId ? (
        <Part query={tag} height={320}>
          {(data) => <Form key={data.id} saved={data} />}
        </Part>
      ) : (
        <Form saved={null} />
      )}
    </Page>
  );
}

function Form({ saved }: { saved: TagRow | null }) {
  const t = words.use();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const tags = useTags({ limit: 1 });
  const save = useSaveTag(saved?.id ?? null);
  const [draft, setDraft] = useState<Draft>(() => (saved ? fromTag(saved) : blank("rule", params.get("folder") ?? "")));
  const [tried, setTried] = useState(false);
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }));
  const folders = useMemo(() => Object.keys(tags.data?.folders ?? {}).filter(Boolean).map((value) => ({ value })), [tags.data]);
  const submit = () => {
    setTried(true);
    if (!ready(draft)) return;
    save.mutate(body(draft), {
      onSuccess: (tag) => {
        toast(t("saved"));
        void navigate(`/tags/${tag.id}`);
      },
      onError: toastError,
    });
  };
  return (
    <form
      noValidate
      className="tag-form"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <FormSection title={t("words")}>
        <Field label={t("colName")} error={tried && !draft.name.trim() ? t("needed") : null} help={t("nameHelp")}>
          {(id, about) => <Input id={id} aria-describedby={about} maxLength={40} placeholder={t("namePlaceholder")} value={draft.name} onChange={({ target }) => set({ name: target.value })} />}
        </Field>
        <Field label={t("colFolder")} optional={t("optional")} help={t("folderHelp")}>
          {(id, about) => <AutoComplete id={id} className="tag-wide" aria-describedby={about} value={draft.folder} options={folders} placeholder={t("folderPlaceholder")} onChange={(folder: string) => set({ folder })} />}
        </Field>
        <Field label={t("colOwner")} optional={t("optional")} help={t("ownerHelp")}>
          {(id, about) => <Input id={id} aria-describedby={about} maxLength={80} value={draft.owner} onChange={({ target }) => set({ owner: target.value })} />}
        </Field>
        <Field label={t("description")} optional={t("optional")}>
          {(id) => <Input.TextArea id={id} autoSize={{ minRows: 1, maxRows: 4 }} value={draft.description} onChange={({ target }) => set({ description: target.value })} />}
        </Field>
      </FormSection>
      <FormSection title={t("source")} note={saved ? t("sourceFixed") : undefined}>
        <Segmented
          disabled={saved !== null}
          value={draft.origin}
          options={ORIGINS.map((value) => ({ value, label: t(`origin.${value}`) }))}
          onChange={(origin) => set({ ...blank(origin, draft.folder), name: draft.name, owner: draft.owner, description: draft.description })}
        />
        <p className="small soft">{t(`about.${draft.origin}`)}</p>
        <Values draft={draft} onChange={set} fixed={saved !== null} />
        {tried && !ready(draft) && <p className="bad small">{t("incomplete")}</p>}
      </FormSection>
      <div className="tag-form-end">
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t(saved ? "saveChanges" : "create")}
        </Button>
      </div>
    </form>
  );
}
