import { InputNumber, Select } from "antd";
import { Icon, usePick } from "@/ui";
import { MAX_STEPS, step, type SequenceLeaf, type Step } from "../rule/sequence";
import { group } from "../rule/tree";
import { words } from "../words";
import { useBuilder } from "./context";
import { Where } from "./Where";

/** What happened first and what came, or did not come, after it. */
export function SequenceSteps({ leaf }: { leaf: SequenceLeaf }) {
  const t = words.use();
  const { dispatch } = useBuilder();
  const set = (steps: readonly Step[]) => dispatch({ type: "replace", node: { ...leaf, steps } });
  const last = leaf.steps[leaf.steps.length - 1];
  return (
    <>
      <ol className="rule-steps">
        {leaf.steps.map((one, place) => (
          <li key={one.id}>
            <div className="rule-head">
              <div className="rule-line">
                <StepLine one={one} place={place} last={one === last} onChange={(next) => set(leaf.steps.with(place, next))} />
                {one.where.nodes.length === 0 && <Where where={one.where} relation={one.relation} />}
              </div>
              {leaf.steps.length > 2 && (
                <span className="rule-tools">
                  <button type="button" aria-label={t("removeStep")} title={t("removeStep")} onClick={() => set(leaf.steps.filter((other) => other !== one))}>
                    <Icon name="close" size={14} />
                  </button>
                </span>
              )}
            </div>
            {one.where.nodes.length > 0 && <Where where={one.where} relation={one.relation} />}
          </li>
        ))}
      </ol>
      {leaf.steps.length < MAX_STEPS && last && (
        <button type="button" className="rule-add small" onClick={() => set([...leaf.steps.slice(0, -1), { ...last, absent: false }, step(last.relation, 24, last.absent)])}>
          <Icon name="plus" size={12} />
          {t("addStep")}
        </button>
      )}
      {last?.absent && <p className="small soft rule-note">{t("absentNote")}</p>}
    </>
  );
}

function StepLine({ one, place, last, onChange }: { one: Step; place: number; last: boolean; onChange: (next: Step) => void }) {
  const t = words.use();
  const say = usePick();
  const { catalog } = useBuilder();
  return (
    <>
      <span className="soft">{t(place === 0 ? "first" : "then")}</span>
      {place > 0 && last && (
        <Select
          aria-label={t("comes")}
          popupMatchSelectWidth={false}
          value={one.absent}
          options={[false, true].map((absent) => ({ value: absent, label: t(absent ? "absent" : "came") }))}
          onChange={(absent: boolean) => onChange({ ...one, absent })}
        />
      )}
      <Select
        aria-label={t("relation")}
        className="rule-op"
        popupMatchSelectWidth={false}
        value={one.relation}
        options={catalog.relations.filter((item) => item.key !== "person").map((item) => ({ value: item.key, label: say(item.label) }))}
        onChange={(relation: string) => onChange({ ...one, relation, where: group() })}
      />
      {place > 0 && (
        <>
          <span className="soft">{t("soonBefore")}</span>
          <InputNumber aria-label={t("soon")} className="value-short" min={1} precision={0} value={one.soon} onChange={(soon) => onChange({ ...one, soon: soon === null ? null : Number(soon) })} />
          <Select
            aria-label={t("unit")}
            popupMatchSelectWidth={false}
            value={one.unit}
            options={(["hours", "days"] as const).map((unit) => ({ value: unit, label: t(unit === "hours" ? "unitHours" : "unitDays") }))}
            onChange={(unit: Step["unit"]) => onChange({ ...one, unit })}
          />
        </>
      )}
    </>
  );
}
