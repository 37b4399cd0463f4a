import { Count } from "@/ui";
import { words } from "./words";
import type { zh } from "./zh";
import "./rights.css";

type Key = keyof typeof zh & string;

/** What a kind of record, or a part of the product, is called; what has no words here is shown as it is written. */
export function useNamed(): (prefix: "part" | "room", code: string) => string {
  const t = words.use();
  return (prefix, code) => {
    const said = t(`${prefix}.${code}` as Key) as string | undefined;
    return said && said !== `${prefix}.${code}` ? said : code;
  };
}

/** How many records of each kind there are of a customer, across the product. */
export function Held({ held }: { held: Readonly<Record<string, Readonly<Record<string, number>>>> }) {
  const t = words.use();
  const named = useNamed();
  const parts = Object.values(held).flatMap((room) => Object.entries(room));
  if (parts.length === 0) return <p className="soft">{t("nothingHeld")}</p>;
  return (
    <ul className="held">
      {parts.map(([part, n]) => (
        <li key={part}>
          <span className="soft">{named("part", part)}</span>
          <b>
            <Count value={n} />
          </b>
        </li>
      ))}
    </ul>
  );
}
