import { Input } from "antd";
import { useState } from "react";
import { uiWords } from "../words";

type Pair = readonly [name: string, value: string];
const EMPTY: Pair = ["", ""];

interface PairsProps {
  readonly id: string;
  readonly about: string;
  readonly value: unknown;
  readonly set: (value: Readonly<Record<string, string>>) => void;
}

const pairsOf = (value: unknown): Pair[] => (value && typeof value === "object" ? Object.entries(value).map(([name, one]) => [name, String(one)] as const) : []);

/** An object of free names: a line each, and always an empty one for the next; an emptied line is gone. */
export function Pairs({ id, about, value, set }: PairsProps) {
  const t = uiWords.use();
  const [pairs, keep] = useState<readonly Pair[]>(() => [...pairsOf(value), EMPTY]);
  const change = (place: number, next: Pair) => {
    const changed = pairs.map((pair, at) => (at === place ? next : pair)).filter(([name, one], at) => at === place || name || one);
    if (changed.at(-1)?.some(Boolean)) changed.push(EMPTY);
    keep(changed);
    set(Object.fromEntries(changed.map(([name, one]) => [name.trim(), one.trim()] as const).filter(([name, one]) => name && one)));
  };
  return (
    <div id={id} role="group" aria-describedby={about} className="schema-pairs">
      {pairs.map(([name, one], place) => (
        <div key={place}>
          <Input aria-label={t("pairName")} placeholder={t("pairName")} autoComplete="off" value={name} onChange={(event) => change(place, [event.target.value, one])} />
          <Input aria-label={t("pairValue")} placeholder={t("pairValue")} autoComplete="off" value={one} onChange={(event) => change(place, [name, event.target.value])} />
        </div>
      ))}
    </div>
  );
}
