import { DatePicker, Input, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import type { CatalogField, Scalar } from "@/api/rule";
import { format, useBrand, usePick } from "@/ui";
import { words } from "../words";

interface ValueInputProps {
  readonly field: CatalogField;
  readonly value: Scalar | null | undefined;
  readonly onChange: (value: Scalar | null) => void;
  readonly label: string;
}

export function useOptions(field: CatalogField): { value: string | number; label: string }[] {
  const say = usePick();
  return (field.options ?? []).map((option) => ({ value: option.value, label: say(option.label) }));
}

/** A value of a field's type; money is typed in whole units and kept in minor ones. */
export function ValueInput({ field, value, onChange, label }: ValueInputProps) {
  const t = words.use();
  const { currency } = useBrand();
  const options = useOptions(field);
  const number = typeof value === "number" ? value : null;
  if (field.type === "bool")
    return (
      <Select
        aria-label={label}
        className="value-short"
        value={value === false ? "no" : "yes"}
        onChange={(choice: string) => onChange(choice === "yes")}
        options={[
          { value: "yes", label: t("yes") },
          { value: "no", label: t("no") },
        ]}
      />
    );
  if (field.type === "date")
    return (
      <DatePicker
        aria-label={label}
        allowClear={false}
        className="value-date"
        value={value ? dayjs(String(value)) : null}
        onChange={(date) => onChange(date ? date.format("YYYY-MM-DD") : null)}
      />
    );
  if (field.type === "money")
    return (
      <InputNumber
        aria-label={label}
        className="value-number"
        prefix={format.currencySymbol(currency).trim()}
        precision={2}
        value={number === null ? null : number / 100}
        onChange={(typed) => onChange(typed === null ? null : Math.round(Number(typed) * 100))}
      />
    );
  if (field.type === "int")
    return <InputNumber aria-label={label} className="value-short" precision={0} value={number} onChange={(typed) => onChange(typed === null ? null : Number(typed))} />;
  if (options.length > 0)
    return (
      <Select
        aria-label={label}
        className="value-text"
        showSearch={{ optionFilterProp: "label" }}
        value={value === null || value === undefined ? null : String(value)}
        onChange={(choice: string) => onChange(choice)}
        options={options.map((option) => ({ ...option, value: String(option.value) }))}
      />
    );
  return <Input aria-label={label} className="value-text" value={value ? String(value) : ""} onChange={(event) => onChange(event.target.value)} />;
}

/** Several values of a field, chosen or typed. */
export function ValuesInput({ field, values, onChange, label }: { field: CatalogField; values: readonly Scalar[]; onChange: (values: Scalar[]) => void; label: string }) {
  const options = useOptions(field);
  return (
    <Select
      aria-label={label}
      className="value-many"
      mode={options.length > 0 ? "multiple" : "tags"}
      showSearch={{ optionFilterProp: "label" }}
      maxTagCount="responsive"
      value={values.map(String)}
      onChange={(chosen: string[]) => onChange(field.type === "int" ? chosen.map(Number) : chosen)}
      options={options.map((option) => ({ ...option, value: String(option.value) }))}
    />
  );
}
