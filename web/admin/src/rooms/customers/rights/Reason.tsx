import { Input } from "antd";
import { Field } from "@/ui";
import { words } from "./words";

/** How the customer asked: every request says so. */
export function Reason({ value, onChange, missing }: { value: string; onChange: (text: string) => void; missing: boolean }) {
  const t = words.use();
  return (
    <Field label={t("reason")} help={t("reasonHelp")} error={missing ? t("reasonNeeded") : null}>
      {(id, about) => <Input id={id} aria-describedby={about} maxLength={500} value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}
