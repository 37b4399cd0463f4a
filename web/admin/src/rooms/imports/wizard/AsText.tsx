import { useMutation, useQuery } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { toastError } from "@/ui";
import { lookAt } from "./queries";
import type { Spec } from "./spec";
import { words } from "./words";

/** The whole mapping as text, for what the page has no control for. */
export function AsText({ file, spec, onApply }: { file: File; spec: Spec; onApply: (spec: Spec) => void }) {
  const t = words.use();
  const [text, setText] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const now = JSON.stringify(spec);
  const shown = useQuery({ queryKey: ["import-text", file.name, now], queryFn: async () => (await lookAt(file, now)).mapping, enabled: open, staleTime: Infinity });
  const apply = useMutation({ mutationFn: (given: string) => lookAt(file, given) });
  const submit = () =>
    apply.mutate(text ?? "", {
      onSuccess: (found) => {
        setText(null);
        onApply(found.spec as unknown as Spec);
      },
      onError: toastError,
    });
  return (
    <details className="wizard-text" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("advanced")}</summary>
      <Input.TextArea className="mono" aria-label={t("advanced")} spellCheck={false} autoSize={{ minRows: 10, maxRows: 28 }} value={text ?? shown.data ?? ""} onChange={(event) => setText(event.target.value)} />
      <Button disabled={text === null} loading={apply.isPending} onClick={submit}>
        {t("apply")}
      </Button>
    </details>
  );
}
