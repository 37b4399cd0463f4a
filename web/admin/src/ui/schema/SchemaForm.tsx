import { Input, InputNumber, Select, Switch } from "antd";
import { Fragment, useState, type ReactNode } from "react";
import { useBrand } from "../brand";
import { Field } from "../form";
import { currencySymbol } from "../format";
import { uiWords } from "../words";
import { Pairs } from "./Pairs";
import { controlOf, faultOf, plain, type Fault, type Property, type Schema, type Values } from "./schema";
import "./schema.css";

interface SchemaFormProps {
  readonly schema: Schema;
  readonly values: Values;
  readonly onChange: (values: Values) => void;
  /** Tell what is wrong everywhere, as somebody tried to go on. */
  readonly told?: boolean;
  /** Draws a field that the page knows better than its schema; null: as the schema says. */
  readonly own?: (name: string, property: Property, value: unknown, set: (value: unknown) => void) => ReactNode;
  /** Which fields stay folded; those that need not be told, unless said otherwise. */
  readonly folded?: (name: string) => boolean;
}

/** A kind's settings, drawn from the JSON schema it gives; those that need not be told stay folded. */
export function SchemaForm({ schema, values, onChange, told = false, own, folded }: SchemaFormProps) {
  const t = uiWords.use();
  const all = Object.entries(schema.properties ?? {});
  const isRequired = (key: string) => schema.required?.includes(key) ?? false;
  const isFolded = folded ?? ((key: string) => !isRequired(key));
  const draw = ([key, property]: readonly [string, Property]) => {
    const set = (value: unknown) => onChange({ ...values, [key]: value });
    const drawn = own?.(key, property, values[key], set);
    if (drawn) return <Fragment key={key}>{drawn}</Fragment>;
    return <SchemaField key={key} name={key} property={plain(property)} required={isRequired(key)} value={values[key]} told={told} set={set} />;
  };
  const rest = all.filter(([key]) => isFolded(key));
  return (
    <>
      {all.filter(([key]) => !isFolded(key)).map(draw)}
      {rest.length > 0 && (
        <details className="field schema-rest">
          <summary className="small soft">{t("schemaMore")}</summary>
          {rest.map(draw)}
        </details>
      )}
    </>
  );
}

function useFaultWords(): (fault: Fault) => string {
  const t = uiWords.use();
  const words = {
    required: "faultRequired",
    whole: "faultWhole",
    pattern: "faultPattern",
    least: "faultLeast",
    most: "faultMost",
    above: "faultAbove",
    below: "faultBelow",
    short: "faultShort",
    long: "faultLong",
    few: "faultFew",
    many: "faultMany",
  } as const;
  return ([what, n]) => t(words[what], n === undefined ? {} : { n });
}

interface FieldProps {
  readonly name: string;
  readonly property: Property;
  readonly required: boolean;
  readonly told: boolean;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

/** One field; what is wrong with it is told once it has been left. */
function SchemaField({ name, property, required, told, value, set }: FieldProps) {
  const say = useFaultWords();
  const [left, setLeft] = useState(false);
  const fault = left || told ? faultOf(property, value, required) : null;
  return (
    <div className="schema-field" onBlur={() => setLeft(true)}>
      <Field label={property.title ?? name} help={property.description} error={fault && say(fault)}>
        {(id, about) => <Value id={id} about={about} property={property} value={value} set={set} />}
      </Field>
    </div>
  );
}

interface ValueProps {
  readonly id: string;
  readonly about: string;
  readonly property: Property;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

const written = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
const asNumber = (value: unknown): number | null => (value === undefined || value === null || value === "" ? null : Number(value));

function Value(props: ValueProps) {
  const { id, about, property, value, set } = props;
  const control = controlOf(property);
  if (control === "boolean") return <Switch id={id} aria-describedby={about} size="small" checked={Boolean(value ?? property.default)} onChange={set} />;
  if (control === "pairs") return <Pairs {...props} />;
  if (control === "choice" || control === "list") return <Choice {...props} many={control === "list"} />;
  if (control === "money" || control === "integer" || control === "number") return <Figure {...props} money={control === "money"} />;
  return (
    <Input id={id} aria-describedby={about} type={control} autoComplete="off" placeholder={written(property.default)} suffix={property.unit} value={written(value)} onChange={(event) => set(event.target.value)} />
  );
}

const optionsOf = (of: Property["enum"]) => (of ?? []).map((one) => ({ value: one, label: String(one) }));

function Choice({ id, about, property, value, set, many }: ValueProps & { readonly many: boolean }) {
  const place = { id, "aria-describedby": about, onChange: set };
  if (!many) return <Select {...place} allowClear value={value ?? null} placeholder={written(property.default)} options={optionsOf(property.enum)} />;
  const among = property.items?.enum;
  return <Select {...place} mode={among ? "multiple" : "tags"} value={Array.isArray(value) ? (value as unknown[]) : []} options={optionsOf(among)} />;
}

/** A number with its unit; money is typed in whole units and kept in minor ones. */
function Figure({ id, about, property, value, set, money }: ValueProps & { readonly money: boolean }) {
  const { currency } = useBrand();
  const now = asNumber(value);
  const place = { id, "aria-describedby": about, className: "schema-number" };
  if (money) return <InputNumber {...place} precision={2} prefix={currencySymbol(currency)} value={now === null ? null : now / 100} onChange={(major) => set(major === null ? null : Math.round(major * 100))} />;
  return <InputNumber {...place} placeholder={written(property.default)} suffix={property.unit} value={now} onChange={set} />;
}
