import type { ReactNode } from "react";
import { useBrand } from "./brand";
import { currencySymbol, money } from "./format";
import { usePick, type Text } from "./i18n";
import { Icon } from "./icons";
import { Tag } from "./Tag";
import { uiWords } from "./words";
import "./why.css";

interface WhyProps {
  readonly data: {
    readonly in: boolean;
    /** Whether the conditions hold right now; null: there are none. */
    readonly matches: boolean | null;
    readonly reasons: readonly {
      readonly path: string;
      readonly ok: boolean;
      readonly condition: Text;
      /** What is on record; null: nothing. */
      readonly found?: unknown;
    }[];
  };
  /** Beside the answer: which segment it is about. */
  readonly children?: ReactNode;
}

/** Why somebody is in a segment or is not: each condition, whether it holds, and what is on record. */
export function Why({ data, children }: WhyProps) {
  const t = uiWords.use();
  const say = usePick();
  const known = useKnown();
  return (
    <div className="stack">
      <p className="row wrap">
        <Tag tone={data.in ? "good" : "warning"}>{t(data.in ? "isIn" : "isOut")}</Tag>
        {children}
      </p>
      {data.matches === null && <p className="soft">{t("fixedList")}</p>}
      {data.matches !== null && data.matches !== data.in && <p className="soft">{t(data.matches ? "shouldBeIn" : "shouldBeOut")}</p>}
      <ul className="why">
        {data.reasons.map((reason) => (
          <li key={reason.path} className="row">
            <span className={reason.ok ? "good" : "bad"}>
              <Icon name={reason.ok ? "check" : "close"} size={14} title={t(reason.ok ? "conditionMet" : "conditionUnmet")} />
            </span>
            <span>
              {say(reason.condition)}
              <span className="small soft">{known(reason.found, say(reason.condition))}</span>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What was found comes without its type; a condition that speaks of money was answered in minor units. */
function useKnown(): (found: unknown, condition: string) => string {
  const t = uiWords.use();
  const { currency } = useBrand();
  return (found, condition) => {
    if (found === null || found === undefined) return ` · ${t("foundNothing")}`;
    if (typeof found === "boolean") return "";
    const isMoney = typeof found === "number" && condition.includes(currencySymbol(currency).trim());
    return ` · ${t("found", { value: isMoney ? money(found, currency) : typeof found === "object" ? JSON.stringify(found) : String(found) })}`;
  };
}
