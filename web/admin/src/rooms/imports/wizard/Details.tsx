import { Input, Radio, Select } from "antd";
import { useChannels } from "@/api/queries";
import { Field, Section, usePick } from "@/ui";
import { kindRule, negativeIsRefund, withField, type Consent, type KindRule, type Source, type Spec } from "./spec";
import { words } from "./words";

interface Props {
  readonly spec: Spec;
  readonly onChange: (spec: Spec) => void;
  readonly samples: Readonly<Record<string, readonly string[]>>;
}

const DAY_FIRST = ["%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y"];
const MONTH_FIRST = ["%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y"];

/** What no column says: the shop, which rows are refunds, how dates are written, consent. */
export function Details(props: Props) {
  const t = words.use();
  const orders = props.spec.target === "order_lines";
  return (
    <Section title={t("details")}>
      <div className="wizard-details">
        <Shop {...props} />
        {orders && <Kind {...props} />}
        <Time {...props} />
        <Agreed {...props} />
      </div>
    </Section>
  );
}

function Shop({ spec, onChange }: Props) {
  const t = words.use();
  const source = spec.columns["shop"];
  if (source?.from !== undefined || source?.expr !== undefined) return null;
  const value = typeof source?.const === "string" ? source.const : "";
  return (
    <Field label={t("shop")} help={t("shopHelp")}>
      {(id, about) => <Input id={id} aria-describedby={about} maxLength={80} value={value} onChange={(event) => onChange(withField(spec, "shop", event.target.value ? { const: event.target.value } : null))} />}
    </Field>
  );
}

function Kind({ spec, onChange }: Props) {
  const t = words.use();
  const rule = kindRule(spec);
  const negative = negativeIsRefund(spec);
  const offered: readonly KindRule[] = rule === "column" || rule === "own" ? ["sale", "negative", rule] : ["sale", "negative"];
  const choose = (next: KindRule) => {
    if (next === "sale") onChange(withField(spec, "kind", null));
    else if (next === "negative" && negative) onChange(withField(spec, "kind", negative));
  };
  return (
    <Field label={t("kind")}>
      {(id) => (
        <Select id={id} value={rule} onChange={choose} options={offered.map((value) => ({ value, label: t(`kind.${value}`), disabled: value === "negative" && !negative }))} />
      )}
    </Field>
  );
}

type Order = "auto" | "day" | "month" | "own";

const listed = (format: Source["format"]): readonly string[] => (format === undefined ? [] : typeof format === "string" ? [format] : format);

/** Which part of a date stands first, by the formats of the mapping. */
function orderOf(formats: readonly string[]): Order {
  const first = formats[0];
  if (first === undefined) return "auto";
  return first.startsWith("%d") ? "day" : first.startsWith("%m") ? "month" : "own";
}

const FORMATS: Readonly<Record<"day" | "month", readonly string[]>> = { day: DAY_FIRST, month: MONTH_FIRST };

function Time({ spec, onChange, samples }: Props) {
  const t = words.use();
  const source = spec.columns["occurred_at"];
  const column = source?.from;
  if (column === undefined) return null;
  const formats = listed(source?.format);
  const now = orderOf(formats);
  const choose = (next: Order) => {
    if (next === "auto") onChange(withField(spec, "occurred_at", { from: column }));
    else if (next !== "own") onChange(withField(spec, "occurred_at", { from: column, format: FORMATS[next] }));
  };
  const options = [
    { value: "auto", label: t("timeAuto") },
    { value: "day", label: t("timeDayFirst") },
    { value: "month", label: t("timeMonthFirst") },
    ...(now === "own" ? [{ value: "own", label: t("timeOwn", { format: formats.join(", ") }) }] : []),
  ];
  return (
    <Field label={t("time")} help={t("timeHelp", { sample: samples[column]?.[0] ?? "" })}>
      {(id, about) => <Select id={id} aria-describedby={about} value={now} onChange={choose} options={options} />}
    </Field>
  );
}

/** Consent that the operator declares for everybody named in the file. */
function Agreed({ spec, onChange }: Props) {
  const t = words.use();
  const say = usePick();
  const channels = useChannels();
  const consents = spec.consents ?? [];
  const first = consents[0];
  const basis = first?.basis ?? "";
  const chosen = consents.map((one) => one.channel);
  const set = (names: readonly string[], why: string) => {
    const next: Consent[] = names.map((channel) => ({ channel, purpose: "marketing", state: "granted", basis: why }));
    onChange({ ...spec, consents: next });
  };
  const all = (channels.data ?? []).filter((one) => one.enabled);
  const begin = () => set(all.slice(0, 1).map((one) => one.key), "");
  return (
    <Field label={t("consent")} error={first && basis.length < 5 ? t("consentBasisShort") : null}>
      {(id, about) => (
        <div className="wizard-consent">
          <Radio.Group id={id} aria-describedby={about} value={first ? "yes" : "no"} onChange={(event) => (event.target.value === "yes" ? begin() : set([], ""))}>
            <Radio value="no">{t("consentNo")}</Radio>
            <Radio value="yes" disabled={all.length === 0}>
              {t("consentYes")}
            </Radio>
          </Radio.Group>
          {first && (
            <>
              <Input aria-label={t("consentBasis")} maxLength={500} placeholder={t("consentBasisPlaceholder")} value={basis} onChange={(event) => set(chosen, event.target.value)} />
              <Select aria-label={t("consentChannel")} mode="multiple" value={chosen} onChange={(names: string[]) => names.length > 0 && set(names, basis)} options={all.map((one) => ({ value: one.key, label: say(one.title) }))} />
            </>
          )}
        </div>
      )}
    </Field>
  );
}
