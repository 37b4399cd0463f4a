import type { CustomerColumn, FoundCustomer } from "@/api/types";
import { Count, DateText, format, LadderStep, Money, Rfm, Tag, Unknown, useBrand, usePick, type Column, type Text } from "@/ui";
import { useNamespace } from "./names";
import { words } from "./words";

export function useStepTitle(): (step: number) => string {
  const t = words.use();
  return (step) => (step >= 8 ? t("loyal") : step < 1 ? t("stepNone") : t("step", { n: step }));
}

/** Columns of the list of customers: who it is, then the fields chosen, else those that always tell something. */
export function useCustomerColumns(chosen: readonly CustomerColumn[]): Column<FoundCustomer>[] {
  const t = words.use();
  const title = useStepTitle();
  const nameOf = useNamespace();
  const more = useFieldColumns(chosen);
  const { currency } = useBrand();
  const usual: Column<FoundCustomer>[] = [
    { key: "first", title: t("colFirst"), numeric: true, render: (row) => <DateText on={row.first_order_on} /> },
    { key: "rfm", title: t("colRfm"), render: (row) => <Rfm scores={row.rfm} /> },
    { key: "region", title: t("colRegion"), render: (row) => row.region },
  ];
  return [
    {
      key: "label",
      title: t("colCustomer"),
      render: (row) => (
        <span className="row">
          {row.label}
          {row.anonymous && <Tag>{t("anonymous")}</Tag>}
          {row.matched.length > 0 && <Tag tone="info">{t("matchedBy", { kinds: row.matched.map(nameOf).join(" · ") })}</Tag>}
        </span>
      ),
    },
    {
      key: "ladder",
      title: t("colLadder"),
      sort: "purchase_number",
      phone: true,
      render: (row) => (
        <span className="row">
          <LadderStep step={row.ladder_step} title={title(row.ladder_step)} />
          <span className="small soft wide-only">{row.ladder_step >= 8 ? <Count value={row.purchase_number} /> : row.ladder_step}</span>
        </span>
      ),
    },
    {
      key: "net",
      title: t("colNet"),
      unit: format.currencySymbol(currency).trim(),
      numeric: true,
      phone: true,
      sort: "net_fen",
      render: (row) => <Money fen={row.net_fen} bare />,
    },
    { key: "last", title: t("colLast"), numeric: true, sort: "last_order_on", render: (row) => <DateText on={row.last_order_on} /> },
    ...(more.length > 0 ? more : usual),
  ];
}

/** A column for each field, shown by what kind of value it holds. */
function useFieldColumns(fields: readonly CustomerColumn[]): Column<FoundCustomer>[] {
  const t = words.use();
  const say = usePick();
  const { currency } = useBrand();
  const cell = (field: CustomerColumn, value: unknown) => {
    if (value === null || value === undefined || value === "") return <Unknown />;
    const option = field.options?.find((one) => one["value"] === value);
    if (option) return say(option["label"] as Text);
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    if (Array.isArray(value)) return value.length ? value.join(" · ") : <Unknown />;
    if (field.type === "money") return <Money fen={Number(value)} bare />;
    if (field.type === "date") return <DateText on={String(value)} />;
    if (field.type === "month_day") return `${Math.floor(Number(value) / 100)}-${Number(value) % 100}`;
    return typeof value === "number" ? <Count value={value} /> : String(value);
  };
  return fields.map((field) => ({
    key: field.key,
    title: say(field.label),
    ...(field.type === "money" ? { unit: format.currencySymbol(currency).trim() } : {}),
    numeric: field.type === "money" || field.type === "date" || (field.type === "int" && !field.options),
    render: (row) => cell(field, row.values[field.key]),
  }));
}
