import { Link } from "react-router";
import { count, percent } from "./format";
import { uiWords } from "./words";
import "./ladder.css";

export interface LadderRow {
  readonly step: number;
  readonly people: number;
  readonly reached: number;
  readonly lost: number;
  readonly next_rate_bp: number | null;
  readonly median_gap_days: number | null;
}

/** The order ladder: how many reached each order, how many stopped there. Each bar leads to its people. */
export function LadderChart({ rows, to }: { rows: readonly LadderRow[]; to: (step: number) => string }) {
  const t = uiWords.use();
  const most = Math.max(1, ...rows.map((row) => row.reached));
  const worst = Math.max(...rows.map((row) => row.lost));
  const wide = (people: number) => `${(people / most) * 100}%`;
  return (
    <div className="ladder">
      <div className="ladder-row ladder-head small soft" aria-hidden>
        <span />
        <span className="ladder-legend">
          <i className="ladder-on" /> {t("wentOn")}
          <i className="ladder-lost" /> {t("lost")}
        </span>
        <span>{t("nextRate")}</span>
        <span className="wide-only">{t("medianGap")}</span>
      </div>
      {rows.map((row) => {
        const loyal = row.next_rate_bp === null;
        const name = row.step >= 8 ? t("stepLoyal") : t("step", { n: row.step });
        return (
          <Link key={row.step} to={to(row.step)} className="ladder-row">
            <span className="ladder-name">{name}</span>
            <span className="ladder-bar">
              <i className={loyal ? "ladder-loyal" : "ladder-on"} style={{ width: wide(row.reached - row.lost) }} />
              {row.lost > 0 && <i className={row.lost === worst ? "ladder-lost worst" : "ladder-lost"} style={{ width: wide(row.lost) }} />}
              <span className="ladder-figures">
                <b>{count(row.reached)}</b>
                {row.lost > 0 && <span className={row.lost === worst ? "ladder-loss worst" : "ladder-loss"}>{`\u2212${count(row.lost)}`}</span>}
              </span>
            </span>
            <span className="ladder-rate">{row.next_rate_bp === null ? "" : percent(row.next_rate_bp)}</span>
            <span className="ladder-gap soft wide-only">{row.median_gap_days === null ? "" : t("days", { n: Math.round(row.median_gap_days) })}</span>
          </Link>
        );
      })}
    </div>
  );
}
