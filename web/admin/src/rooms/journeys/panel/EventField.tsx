import { Select } from "antd";
import { useMemo } from "react";
import type { Rule } from "@/api/rule";
import { Field, usePick } from "@/ui";
import { useFacts } from "../canvas/context";
import { words } from "../words";

export interface Match {
  readonly event: string;
  readonly where?: Rule | null;
}

interface EventFieldProps {
  readonly label: string;
  readonly value: Match | null;
  readonly set: (value: Match | null) => void;
  /** May be left out, in these words. */
  readonly none?: string;
}

/** Something that customers do, and what of it counts. */
export function EventField({ label, value, set, none }: EventFieldProps) {
  const t = words.use();
  const say = usePick();
  const { events, slots } = useFacts();
  const { Rule } = slots;
  const type = value?.event ?? null;
  const known = events.find((one) => one.type === type);
  const options = useMemo(() => events.map((one) => ({ value: one.type, label: say(one.title) })).sort((a, b) => a.label.localeCompare(b.label)), [events, say]);
  return (
    <>
      <Field label={label}>
        {(id, about) => (
          <Select
            id={id}
            aria-describedby={about}
            className="jwide"
            placeholder={none ?? t("chooseEvent")}
            allowClear={none !== undefined}
            showSearch={{ optionFilterProp: "label" }}
            value={type}
            options={options}
            onChange={(event: string | undefined) => set(event ? { event } : null)}
          />
        )}
      </Field>
      {value && known?.conditions && (
        <div className="jrule" role="group" aria-label={t("eventWhere")}>
          <p className="small soft">{t("eventWhere")}</p>
          <Rule key={value.event} rule={value.where ?? null} relation={`event:${value.event}`} onRule={(where) => set({ event: value.event, ...(where ? { where } : {}) })} />
        </div>
      )}
    </>
  );
}
