import { DatePicker, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import type { Compare, Measure, Window } from "@/api/rule";
import { usePick } from "@/ui";
import type { DidLeaf } from "../rule/tree";
import { words } from "../words";
import { useBuilder, useField, useRelation } from "./context";
import { ValueInput } from "./ValueInput";

const MEASURES: readonly Measure[] = ["count", "days", "sum", "min", "max"];
const COMPARES: readonly Compare[] = ["ge", "le", "gt", "lt", "eq"];
const WINDOWS: readonly Window["kind"][] = ["last_days", "between", "ever"];

/** What someone did: which records, when, and how much of it. */
export function DidRow({ leaf }: { leaf: DidLeaf }) {
  const t = words.use();
  const say = usePick();
  const { catalog, dispatch } = useBuilder();
  const relation = useRelation(leaf.did.relation);
  const ofField = useField(leaf.did.of ?? "");
  const set = (did: Partial<DidLeaf["did"]>) => dispatch({ type: "replace", node: { ...leaf, did: { ...leaf.did, ...did } } });
  const numeric = (relation?.fields ?? []).filter((field) => field.type === "int" || field.type === "money");
  const needsOf = leaf.did.measure === "sum" || leaf.did.measure === "min" || leaf.did.measure === "max";
  return (
    <>
      <WindowInput window={leaf.did.window} onChange={(window) => set({ window })} />
      <Select
        aria-label={t("relation")}
        className="rule-op"
        popupMatchSelectWidth={false}
        value={leaf.did.relation}
        options={catalog.relations.filter((item) => item.key !== "person").map((item) => ({ value: item.key, label: say(item.label) }))}
        onChange={(key: string) => dispatch({ type: "replace", node: { ...leaf, did: { ...leaf.did, relation: key, of: null, measure: "count" }, where: { ...leaf.where, nodes: [] } } })}
      />
      <Select
        aria-label={t("measure")}
        className="rule-op"
        popupMatchSelectWidth={false}
        value={leaf.did.measure}
        options={MEASURES.filter((item) => numeric.length > 0 || item === "count" || item === "days").map((item) => ({ value: item, label: t(`m.${item}`) }))}
        onChange={(measure: Measure) => {
          const of = measure === "count" || measure === "days" ? null : (leaf.did.of ?? numeric[0]?.key ?? null);
          set({ measure, of, value: of === leaf.did.of ? leaf.did.value : null });
        }}
      />
      {needsOf && (
        <Select
          aria-label={t("ofField")}
          className="rule-op"
          popupMatchSelectWidth={false}
          value={leaf.did.of}
          options={numeric.map((item) => ({ value: item.key, label: say(item.label) }))}
          onChange={(of: string) => set({ of, value: null })}
        />
      )}
      <Select
        aria-label={t("operator")}
        className="rule-compare"
        popupMatchSelectWidth={false}
        value={leaf.did.compare}
        options={COMPARES.map((item) => ({ value: item, label: t(`op.${item}`) }))}
        onChange={(compare: Compare) => set({ compare })}
      />
      {needsOf && ofField ? (
        <ValueInput field={ofField} label={t("value")} value={leaf.did.value} onChange={(value) => set({ value: typeof value === "number" ? value : null })} />
      ) : (
        <InputNumber aria-label={t("value")} className="value-short" min={0} precision={0} value={leaf.did.value} onChange={(value) => set({ value: value === null ? null : Number(value) })} />
      )}
    </>
  );
}

function WindowInput({ window, onChange }: { window: Window; onChange: (window: Window) => void }) {
  const t = words.use();
  const blank: Record<Window["kind"], Window> = {
    ever: { kind: "ever" },
    last_days: { kind: "last_days", days: 30 },
    between: { kind: "between", start: "", end: "" },
  };
  return (
    <>
      <Select
        aria-label={t("window")}
        className="rule-compare"
        popupMatchSelectWidth={false}
        value={window.kind}
        options={WINDOWS.map((kind) => ({ value: kind, label: t(`w.${kind}`) }))}
        onChange={(kind: Window["kind"]) => onChange(blank[kind])}
      />
      {window.kind === "last_days" && (
        <>
          <InputNumber aria-label={t("days")} className="value-short" min={1} precision={0} value={window.days} onChange={(days) => onChange({ kind: "last_days", days: Number(days ?? 1) })} />
          <span className="soft">{t("days")}</span>
        </>
      )}
      {window.kind === "between" && (
        <DatePicker.RangePicker
          aria-label={t("window")}
          className="value-range"
          value={window.start && window.end ? [dayjs(window.start), dayjs(window.end)] : null}
          onChange={(range) => onChange({ kind: "between", start: range?.[0]?.format("YYYY-MM-DD") ?? "", end: range?.[1]?.format("YYYY-MM-DD") ?? "" })}
        />
      )}
    </>
  );
}
