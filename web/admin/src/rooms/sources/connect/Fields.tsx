import { Input } from "antd";
import { Field, FormSection, SchemaForm, type Schema, type Values } from "@/ui";
import { words } from "../words";

interface NameProps {
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly schema: Schema;
  readonly config: Values;
  readonly onConfig: (config: Values) => void;
  readonly tried: boolean;
}

/** What the source is called here, and the shop that its orders count for. */
export function NameField({ name, onName, schema, config, onConfig, tried }: NameProps) {
  const t = words.use();
  return (
    <FormSection title={t("names")} note={t("namesNote")}>
      <Field label={t("colName")} error={tried && !name.trim() ? t("needed") : null} help={t("nameHelp")}>
        {(id, about) => <Input id={id} aria-describedby={about} maxLength={100} placeholder={t("namePlaceholder")} value={name} onChange={(event) => onName(event.target.value)} />}
      </Field>
      {schema.properties?.["shop"] && (
        <Field label={t("shop")} optional={t("optional")} help={t("shopHelp")}>
          {(id, about) => (
            <Input id={id} aria-describedby={about} maxLength={100} value={typeof config["shop"] === "string" ? config["shop"] : ""} onChange={(event) => onConfig({ ...config, shop: event.target.value })} />
          )}
        </Field>
      )}
    </FormSection>
  );
}

interface ConfigProps {
  readonly schema: Schema;
  readonly values: Values;
  readonly onChange: (values: Values) => void;
  readonly told: boolean;
  /** What was saved before may hold secrets, shown as hidden. */
  readonly saved?: boolean;
}

/** The connector's own settings, where it has any besides the shop. */
export function ConfigFields({ schema, values, onChange, told, saved }: ConfigProps) {
  const t = words.use();
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([key]) => key !== "shop"));
  if (Object.keys(properties).length === 0) return null;
  return (
    <FormSection title={t("ownSettings")} note={saved ? t("secretsStay") : null}>
      <SchemaForm schema={{ ...schema, properties }} values={values} onChange={onChange} told={told} />
    </FormSection>
  );
}
