import type { SequenceRule, StepRule, Window } from "@/api/rule";
import { complete, fromRule, group, id, toRule, type Group } from "./tree";

/** Steps that came one after the other; their records can be narrowed like those of a behaviour. */
export interface SequenceLeaf {
  readonly id: string;
  readonly kind: "sequence";
  readonly not: boolean;
  readonly window: Window;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly id: string;
  readonly relation: string;
  /** How soon after the step before, as it was typed; without meaning for the first step. */
  readonly soon: number | null;
  readonly unit: "hours" | "days";
  readonly absent: boolean;
  readonly where: Group;
}

export const MAX_STEPS = 5;
const DAY = 24;
const MAX_HOURS = 8784;

export const step = (relation: string, soon = DAY, absent = false): Step => ({ id: id(), relation, soon, unit: "hours", absent, where: group() });

/** Two steps to begin with; the second one did not come, which is what is asked most. */
export const sequenceLeaf = (first: string, second: string): SequenceLeaf => ({
  id: id(),
  kind: "sequence",
  not: false,
  window: { kind: "last_days", days: 30 },
  steps: [step(first), step(second, DAY, true)],
});

export function sequenceOf(rule: SequenceRule, not: boolean): SequenceLeaf {
  return { id: id(), kind: "sequence", not, window: rule.window, steps: rule.steps.map(stepOf) };
}

/** "24 hours" is how a deadline of one day is said; from two days on it is said in days. */
function stepOf({ relation, where, within_hours, absent = false }: StepRule): Step {
  const hours = within_hours ?? DAY;
  const whole = hours % DAY === 0 && hours > DAY;
  return { id: id(), relation, soon: whole ? hours / DAY : hours, unit: whole ? "days" : "hours", absent, where: where ? fromRule(where) : group() };
}

const hoursOf = ({ soon, unit }: Step): number => (soon ?? 0) * (unit === "days" ? DAY : 1);

export function sequenceDone({ steps }: SequenceLeaf): boolean {
  const inTime = (one: Step, place: number) => place === 0 || (hoursOf(one) >= 1 && hoursOf(one) <= MAX_HOURS);
  return steps.length > 1 && steps.every((one, place) => Boolean(one.relation) && inTime(one, place) && complete(one.where));
}

/** Only the last step can be one that did not come. */
export function sequenceRule({ steps, window }: SequenceLeaf): SequenceRule {
  return {
    op: "sequence",
    window,
    steps: steps.map((one, place) => ({
      relation: one.relation,
      where: toRule(one.where),
      within_hours: place === 0 ? null : hoursOf(one),
      absent: one.absent && place === steps.length - 1,
    })),
  };
}
