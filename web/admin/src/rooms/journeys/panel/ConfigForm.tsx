import { DatePicker, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import type { Rule } from "@/api/rule";
import { Field, SchemaForm, type Property } from "@/ui";
import { useFacts } from "../canvas/context";
import type { Settings } from "../drawing/drawing";
import { asSchema, opened, shapeOf, type KindSchema, type Part } from "../drawing/shape";
import { words } from "../words";
import { EventField, type Match } from "./EventField";
import { ListField } from "./ListField";
import { SegmentField } from "./SegmentField";

interface ConfigFormProps {
  readonly root: KindSchema;
  /** The part of it that is drawn here: the whole, or an object within. */
  readonly part?: Part;
  readonly values: Settings;
  readonly set: (values: Settings) => void;
}

const isHidden = (name: string) => name === "experiment";

/** A node's settings, drawn from their schema; what has an editor of its own gets it by what it is. */
export function ConfigForm({ root, part = root, values, set }: ConfigFormProps) {
  const own = (name: string, property: Property, value: unknown, change: (value: unknown) => void) => (
    <OwnField root={root} name={name} part={property as Part} value={value} set={(next) => change(next ?? undefined)} />
  );
  return (
    <div className="jform">
      <SchemaForm schema={asSchema(part as KindSchema)} values={values} onChange={set} folded={isHidden} own={(name, property, ...rest) => (shapeOf(name, property as Part, root) === "plain" ? null : own(name, property, ...rest))} />
    </div>
  );
}

interface OwnFieldProps {
  readonly root: KindSchema;
  readonly name: string;
  readonly part: Part;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

function OwnField({ root, name, part: given, value, set }: OwnFieldProps) {
  const { slots } = useFacts();
  const part = opened(given, root);
  const label = part.title ?? name;
  switch (shapeOf(name, given, root)) {
    case "segment":
      return <SegmentField label={label} value={value} set={set} />;
    case "event":
      return <EventField label={label} value={(value as Match | undefined) ?? null} set={set} />;
    case "rule":
      return (
        <div className="field jrule" role="group" aria-label={label}>
          <p className="jlabel">{label}</p>
          <slots.Rule rule={(value as Rule | undefined) ?? null} relation="person" onRule={set} />
        </div>
      );
    case "share":
      return <ShareField label={label} value={value} set={set} />;
    case "list":
      return <ListField root={root} label={label} part={part} value={value} set={set} />;
    case "group":
      return (
        <fieldset className="field jgroup">
          <legend className="jlabel">{label}</legend>
          <ConfigForm root={root} part={part} values={(value as Settings | undefined) ?? {}} set={set} />
        </fieldset>
      );
    default:
      return <MomentField label={label} kind={part.format === "date" ? "date" : "time"} value={value} standard={part.default} set={set} />;
  }
}

/** A part of the whole: asked for in percent, kept in 1/10,000. */
function ShareField({ label, value, set }: { label: string; value: unknown; set: (value: unknown) => void }) {
  const t = words.use();
  return (
    <Field label={label.replace(/[（(].*[)）]|,.*$/, "").trim()} help={t("percentHelp")}>
      {(id, about) => (
        <InputNumber
          id={id}
          aria-describedby={about}
          min={0}
          max={100}
          suffix="%"
          value={typeof value === "number" ? value / 100 : null}
          onChange={(percent) => set(percent === null ? undefined : Math.round(Number(percent) * 100))}
        />
      )}
    </Field>
  );
}

const HALVES = Array.from({ length: 48 }, (_, half) => `${String(Math.floor(half / 2)).padStart(2, "0")}:${half % 2 ? "30" : "00"}`);

interface MomentFieldProps {
  readonly label: string;
  readonly kind: "date" | "time";
  readonly value: unknown;
  readonly standard: unknown;
  readonly set: (value: unknown) => void;
}

function MomentField({ label, kind, value, standard, set }: MomentFieldProps) {
  const written = typeof value === "string" ? value : null;
  const usual = typeof standard === "string" ? standard.slice(0, 5) : "";
  return (
    <Field label={label}>
      {(id, about) =>
        kind === "date" ? (
          <DatePicker id={id} aria-describedby={about} value={written ? dayjs(written) : null} onChange={(day) => set(day ? day.format("YYYY-MM-DD") : null)} />
        ) : (
          <Select
            id={id}
            aria-describedby={about}
            className="jtime"
            allowClear
            showSearch
            placeholder={usual || "–"}
            value={written?.slice(0, 5) ?? null}
            onChange={(at: string | undefined) => set(at ? `${at}:00` : null)}
            options={HALVES.map((at) => ({ value: at, label: at }))}
          />
        )
      }
    </Field>
  );
}
