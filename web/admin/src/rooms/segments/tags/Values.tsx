import { Button, Input, InputNumber, Select } from "antd";
import { useMemo } from "react";
import type { Catalog, Measure } from "@/api/rule";
import { Count, Field, format, Icon, Part, useBrand, usePick, useRested } from "@/ui";
import { RuleEditor } from "../builder/RuleEditor";
import { WindowInput } from "../builder/WindowInput";
import { useCatalog } from "../queries";
import { blankValue, definitionOf, valuesReady, type Draft, type DraftValue } from "./draft";
import { useCounted } from "./queries";
import { words } from "./words";

const MEASURES: readonly Measure[] = ["count", "days", "sum", "min", "max"];
const MOST = 20;

interface ValuesProps {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
  readonly fixed: boolean;
}

/** The values of a tag, in the form that its origin asks for. */
export function Values({ draft, onChange, fixed }: ValuesProps) {
  const t = words.use();
  const catalog = useCatalog();
  const worked = draft.origin === "rule" || draft.origin === "computed";
  const definition = useMemo(() => (worked && valuesReady(draft) ? definitionOf(draft) : null), [draft, worked]);
  const counted = useCounted(useRested(definition, 500));
  const people = definition && !counted.error ? counted.data : undefined;
  const set = (key: string, change: Partial<DraftValue>) => onChange({ values: draft.values.map((value) => (value.key === key ? { ...value, ...change } : value)) });
  return (
    <Part query={catalog} height={160}>
      {(data) => (
        <>
          {draft.origin === "computed" && <Measured draft={draft} onChange={onChange} catalog={data} />}
          {draft.origin === "imported" && (
            <Field label={t("attribute")} help={t("attributeHelp")}>
              {(id, about) => <Input id={id} aria-describedby={about} className="mono" disabled={fixed} placeholder="skin_type" value={draft.attribute} onChange={({ target }) => onChange({ attribute: target.value })} />}
            </Field>
          )}
          <ol className="tag-values">
            {draft.values.map((value, place) => (
              <li key={value.key}>
                <div className="row wrap">
                  <Input aria-label={t("colValue")} className="tag-label" maxLength={40} placeholder={t("valuePlaceholder")} value={value.label} onChange={({ target }) => set(value.key, { label: target.value })} />
                  {draft.origin === "computed" && <Low draft={draft} value={value} place={place} catalog={data} onChange={(low) => set(value.key, { low })} />}
                  {draft.origin === "imported" && (
                    <Select mode="tags" aria-label={t("match")} className="tag-match" placeholder={t("match")} tokenSeparators={[",", "，"]} value={[...value.match]} onChange={(match: string[]) => set(value.key, { match })} />
                  )}
                  {people && (
                    <span className="small soft">
                      <Count value={people.people[place]} /> {t("people")} · {format.percent(people.of_people ? ((people.people[place] ?? 0) / people.of_people) * 1e4 : 0)}
                    </span>
                  )}
                  <Button
                    type="text"
                    size="small"
                    className="tag-remove"
                    aria-label={t("removeValue")}
                    disabled={draft.values.length === 1}
                    icon={<Icon name="close" size={12} />}
                    onClick={() => onChange({ values: draft.values.filter((one) => one.key !== value.key) })}
                  />
                </div>
                {draft.origin === "rule" && <RuleEditor catalog={data} initial={value.rule} onRule={(rule) => set(value.key, { rule })} />}
              </li>
            ))}
          </ol>
          <Button size="small" icon={<Icon name="plus" size={12} />} disabled={draft.values.length >= MOST} onClick={() => onChange({ values: [...draft.values, blankValue()] })}>
            {t("addValue")}
          </Button>
          {draft.origin === "rule" && draft.values.length > 1 && <p className="small soft">{t("firstCounts")}</p>}
        </>
      )}
    </Part>
  );
}

function useOfMoney(draft: Draft, catalog: Catalog): boolean {
  const fields = catalog.relations.find((relation) => relation.key === draft.relation)?.fields ?? [];
  return fields.find((field) => field.key === draft.of)?.type === "money";
}

/** Where a band begins: on the first line it may begin anywhere. */
function Low({ draft, value, place, catalog, onChange }: { draft: Draft; value: DraftValue; place: number; catalog: Catalog; onChange: (low: number | null) => void }) {
  const t = words.use();
  const { currency } = useBrand();
  const scale = useOfMoney(draft, catalog) ? 100 : 1;
  const next = draft.values[place + 1]?.low;
  return (
    <>
      <span className="soft">≥</span>
      <InputNumber
        aria-label={t("low")}
        className="tag-low"
        precision={scale === 100 ? 2 : 0}
        prefix={scale === 100 ? format.currencySymbol(currency).trim() : undefined}
        placeholder={place === 0 ? t("anything") : ""}
        value={value.low === null ? null : value.low / scale}
        onChange={(low) => onChange(low === null ? null : Math.round(Number(low) * scale))}
      />
      {next !== null && next !== undefined && <span className="small soft">{`< ${format.count(next / scale)}`}</span>}
    </>
  );
}

function Measured({ draft, onChange, catalog }: { draft: Draft; onChange: (change: Partial<Draft>) => void; catalog: Catalog }) {
  const t = words.use();
  const say = usePick();
  const relations = catalog.relations.filter((relation) => relation.key !== "person");
  const numeric = (relations.find((relation) => relation.key === draft.relation)?.fields ?? []).filter((field) => field.type === "int" || field.type === "money");
  const measures = MEASURES.filter((measure) => numeric.length > 0 || measure === "count" || measure === "days");
  return (
    <div className="row wrap tag-measured">
      <WindowInput window={draft.window} onChange={(window) => onChange({ window })} />
      <Select
        aria-label={t("relation")}
        popupMatchSelectWidth={false}
        value={draft.relation}
        options={relations.map((relation) => ({ value: relation.key, label: say(relation.label) }))}
        onChange={(relation: string) => onChange({ relation, measure: "count", of: null })}
      />
      <Select
        aria-label={t("measure")}
        popupMatchSelectWidth={false}
        value={draft.measure}
        options={measures.map((measure) => ({ value: measure, label: t(`m.${measure}`) }))}
        onChange={(measure: Measure) => onChange({ measure, of: measure === "count" || measure === "days" ? null : (draft.of ?? numeric[0]?.key ?? null) })}
      />
      {draft.of !== null && (
        <Select aria-label={t("ofField")} popupMatchSelectWidth={false} value={draft.of} options={numeric.map((field) => ({ value: field.key, label: say(field.label) }))} onChange={(of: string) => onChange({ of })} />
      )}
    </div>
  );
}
