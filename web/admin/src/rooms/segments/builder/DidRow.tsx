import { InputNumber, Select } from "antd";
import type { Compare, Measure } from "@/api/rule";
import { usePick } from "@/ui";
import type { DidLeaf } from "../rule/tree";
import { words } from "../words";
import { useBuilder, useField, useRelation } from "./context";
import { ValueInput } from "./ValueInput";
import { WindowInput } from "./WindowInput";

const MEASURES: readonly Measure[] = ["count", "days", "sum", "min", "max"];
const COMPARES: readonly Compare[] = ["ge", "le", "gt", "lt", "eq"];
const IN_RUNS: readonly Measure[] = ["count", "days", "sum"];

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
      {leaf.run !== null && (
        <>
          <span className="soft">{t("run")}</span>
          <InputNumber
            aria-label={t("runDays")}
            className="value-short"
            min={1}
            precision={0}
            value={leaf.run}
            onChange={(run) => dispatch({ type: "replace", node: { ...leaf, run: Number(run ?? 1) } })}
          />
          <span className="soft">{t("runDays")}</span>
        </>
      )}
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
        options={(leaf.run === null ? MEASURES : IN_RUNS).filter((item) => numeric.length > 0 || item === "count" || item === "days").map((item) => ({ value: item, label: t(`m.${item}`) }))}
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
        options={(leaf.run === null ? COMPARES : COMPARES.slice(0, 1)).map((item) => ({ value: item, label: t(`op.${item}`) }))}
        onChange={(compare: Compare) => set({ compare })}
      />
      {needsOf && ofField ? (
        <ValueInput field={ofField} label={t("value")} value={leaf.did.value} onChange={(value) => set({ value: typeof value === "number" ? value : null })} />
      ) : (
        <InputNumber aria-label={t("value")} className="value-short" min={leaf.run === null ? 0 : 1} precision={0} value={leaf.did.value} onChange={(value) => set({ value: value === null ? null : Number(value) })} />
      )}
    </>
  );
}
