import { Button, Input, InputNumber } from "antd";
import { format, Icon } from "@/ui";
import type { Settings } from "../drawing/drawing";
import { opened, type KindSchema, type Part } from "../drawing/shape";
import { nameOf } from "../drawing/starting";
import { words } from "../words";
import { ConfigForm } from "./ConfigForm";

interface ListFieldProps {
  readonly root: KindSchema;
  readonly label: string;
  readonly part: Part;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

const WHOLE_BP = 10_000;

/** Several of the same: parts of a whole on a line each, anything else as a form each. */
export function ListField({ root, label, part, value, set }: ListFieldProps) {
  const t = words.use();
  const inside = opened(part.items ?? {}, root);
  const items = Array.isArray(value) ? (value as Settings[]) : [];
  const names = Object.keys(inside.properties ?? {});
  const shares = names.includes("bp");
  const short = shares && names.every((name) => name === "name" || name === "bp");
  const change = (place: number, next: Settings) => set(items.map((item, at) => (at === place ? next : item)));
  const sum = items.reduce((all, item) => all + Number(item["bp"] ?? 0), 0);
  const add = () => set([...items, { ...(names.includes("name") ? { name: nameOf(items.length) } : {}), ...(shares ? { bp: Math.max(0, WHOLE_BP - sum) } : {}) }]);
  return (
    <div className="field" role="group" aria-label={label}>
      <p className="jlabel">{label}</p>
      <ol className="jlist">
        {items.map((item, place) => (
          <li key={place} className={short ? "row" : "jlist-item"}>
            {short ? (
              <>
                <Input aria-label={inside.properties?.["name"]?.title ?? "name"} className="jlist-name" value={String(item["name"] ?? "")} onChange={(event) => change(place, { ...item, name: event.target.value })} />
                <InputNumber aria-label={t("percentHelp")} min={0} max={100} suffix="%" value={Number(item["bp"] ?? 0) / 100} onChange={(percent) => change(place, { ...item, bp: Math.round(Number(percent ?? 0) * 100) })} />
              </>
            ) : (
              <ConfigForm root={root} part={inside} values={item} set={(next) => change(place, next)} />
            )}
            <Button
              type="text"
              size="small"
              aria-label={t("removeItem")}
              disabled={items.length <= (part.minItems ?? 0)}
              icon={<Icon name="close" size={12} />}
              onClick={() => set(items.filter((_, at) => at !== place))}
            />
          </li>
        ))}
      </ol>
      <div className="row apart">
        <Button size="small" icon={<Icon name="plus" size={12} />} disabled={items.length >= (part.maxItems ?? Infinity)} onClick={add}>
          {t("addItem")}
        </Button>
        {shares && <span className={sum === WHOLE_BP ? "small soft" : "small bad"}>{t(sum === WHOLE_BP ? "sum" : "sumNot100", { sum: format.percent(sum) })}</span>}
      </div>
    </div>
  );
}
