import { Button, Input, Segmented } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { Rule } from "@/api/rule";
import type { Segment } from "@/api/types";
import { Field, format, toast, toastError, useMay } from "@/ui";
import { useSaveSegment } from "../queries";
import { words } from "../words";

interface SaveFormProps {
  readonly saved: Segment | null;
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly rule: Rule;
  readonly ready: boolean;
  readonly people: number;
}

export function SaveForm({ saved, name, onName, rule, ready, people }: SaveFormProps) {
  const t = words.use();
  const may = useMay();
  const navigate = useNavigate();
  const save = useSaveSegment(saved?.id ?? null);
  const [kind, setKind] = useState<"dynamic" | "static">(saved?.kind ?? "dynamic");
  const [description, setDescription] = useState(saved?.description ?? "");
  const [left, setLeft] = useState(false);
  const submit = () => {
    setLeft(true);
    if (!name.trim() || !ready) return;
    save.mutate(
      { name: name.trim(), kind, description, rule },
      {
        onSuccess: (segment) => {
          toast(t("saved", { n: format.count(segment.people || people) }));
          void navigate(`/segments/${segment.id}`);
        },
        onError: toastError,
      },
    );
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label={t("name")} error={left && !name.trim() ? t("nameMissing") : null}>
        {(id, about) => (
          <Input id={id} aria-describedby={about} value={name} placeholder={t("namePlaceholder")} maxLength={80} onBlur={() => setLeft(true)} onChange={(event) => onName(event.target.value)} />
        )}
      </Field>
      <Field label={t("kind")} help={t(kind === "dynamic" ? "kindDynamicHelp" : "kindStaticHelp")}>
        {(id) => (
          <Segmented
            id={id}
            block
            disabled={saved !== null}
            value={kind}
            onChange={(value) => setKind(value as "dynamic" | "static")}
            options={[
              { value: "dynamic", label: t("dynamic") },
              { value: "static", label: t("static") },
            ]}
          />
        )}
      </Field>
      <Field label={t("description")} optional={t("optional")}>
        {(id) => <Input.TextArea id={id} autoSize={{ minRows: 1, maxRows: 4 }} value={description} onChange={(event) => setDescription(event.target.value)} />}
      </Field>
      <Button className="builder-save" type="primary" htmlType="submit" block disabled={!ready || !may("segments.write")} loading={save.isPending}>
        {t(saved ? "saveChanges" : "save")}
      </Button>
    </form>
  );
}
