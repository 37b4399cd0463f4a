import { Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { usePick } from "@/ui";
import { operatorsOf, readPoint, restart, type Op } from "../rule/operators";
import type { DraftField, FieldLeaf } from "../rule/tree";
import { words } from "../words";
import { useBuilder, useField, useRelation } from "./context";
import { ValueInput, ValuesInput } from "./ValueInput";

/** One comparison of a field: what, how, with what. */
export function FieldRow({ leaf, relation }: { leaf: FieldLeaf; relation: string }) {
  const t = words.use();
  const say = usePick();
  const { dispatch } = useBuilder();
  const fields = useRelation(relation)?.fields ?? [];
  const field = useField(leaf.rule.field);
  const set = (rule: DraftField) => dispatch({ type: "replace", node: { ...leaf, rule } });
  const opWord = (op: Op) => (field?.type === "date" && (op === "ge" || op === "lt") ? t(`date.${op}`) : t(`op.${op}`));
  return (
    <>
      <Select
        aria-label={t("field")}
        className="rule-field"
        placeholder={t("chooseField")}
        showSearch={{ optionFilterProp: "label" }}
        popupMatchSelectWidth={false}
        autoFocus={!leaf.rule.field}
        defaultOpen={!leaf.rule.field}
        value={leaf.rule.field || null}
        options={fields.map((item) => ({ value: item.key, label: say(item.label) }))}
        onChange={(key: string) => {
          const next = fields.find((item) => item.key === key);
          if (next) set(restart(next, operatorsOf(next)[0] ?? "eq"));
        }}
      />
      {field && field.type !== "bool" && (
        <Select
          aria-label={t("operator")}
          className="rule-op"
          popupMatchSelectWidth={false}
          value={leaf.rule.op}
          options={operatorsOf(field).map((op) => ({ value: op, label: opWord(op) }))}
          onChange={(op: Op) => set(restart(field, op, leaf.rule))}
        />
      )}
      {field && <Operand leaf={leaf} set={set} />}
    </>
  );
}

function Operand({ leaf, set }: { leaf: FieldLeaf; set: (rule: DraftField) => void }) {
  const t = words.use();
  const field = useField(leaf.rule.field);
  const { rule } = leaf;
  if (!field || rule.op === "known") return null;
  if (rule.op === "in") return <ValuesInput field={field} label={t("value")} values={rule.values ?? []} onChange={(values) => set({ ...rule, values })} />;
  if (rule.op === "near") return <PlaceInput rule={rule} set={set} />;
  if (rule.op === "birthday_within" || rule.op === "within_days" || rule.op === "older_than_days")
    return (
      <>
        <InputNumber
          aria-label={t("value")}
          className="value-short"
          {...(rule.op === "birthday_within" ? { min: 0, max: 60 } : { min: rule.op === "older_than_days" ? 0 : 1 })}
          precision={0}
          value={rule.days ?? null}
          onChange={(days) => set({ ...rule, days: days === null ? null : Number(days) })}
        />
        <span className="soft">{t(rule.op === "older_than_days" ? "daysAgo" : "daysIn")}</span>
      </>
    );
  if (rule.op === "between")
    return (
      <>
        <ValueInput field={field} label={t("from")} value={rule.low} onChange={(low) => set({ ...rule, low })} />
        <span className="soft">{t("to")}</span>
        <ValueInput field={field} label={t("to")} value={rule.high} onChange={(high) => set({ ...rule, high })} />
      </>
    );
  return <ValueInput field={field} label={t("value")} value={rule.value} onChange={(value) => set({ ...rule, value })} />;
}

/** A point as maps give it, and how far around it. */
function PlaceInput({ rule, set }: { rule: DraftField; set: (rule: DraftField) => void }) {
  const t = words.use();
  const [point, setPoint] = useState(typeof rule.lat === "number" && typeof rule.lon === "number" ? `${rule.lat}, ${rule.lon}` : "");
  return (
    <>
      <Input
        aria-label={t("point")}
        className="value-text"
        placeholder="30.274, 120.155"
        value={point}
        onChange={({ target }) => {
          setPoint(target.value);
          set({ ...rule, ...readPoint(target.value) });
        }}
      />
      <InputNumber
        aria-label={t("kmAround")}
        className="value-short"
        suffix={t("km")}
        min={1}
        max={50}
        precision={0}
        value={rule.km ?? null}
        onChange={(km) => set({ ...rule, km: km === null ? null : Number(km) })}
      />
    </>
  );
}
