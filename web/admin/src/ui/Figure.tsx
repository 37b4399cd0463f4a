import { Popover } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { change, percent } from "./format";
import { Icon } from "./icons";
import { uiWords } from "./words";
import "./figure.css";

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  readonly unit?: string | undefined;
  /** What the number means: definition, window, zone, freshness. Shown on hover and focus. */
  readonly about: ReactNode;
  /** Where the rows behind the number are. */
  readonly to?: string | undefined;
  /** The number that matters on its page. One at most. */
  readonly key_?: boolean;
  readonly before?: { readonly now: number; readonly then: number; readonly label: string; readonly lessIsGood?: boolean } | undefined;
  readonly note?: ReactNode;
}

export function Figure({ label, value, unit, about, to, key_, before, note }: FigureProps) {
  const figure = (
    <span className={key_ ? "figure-value figure-key" : "figure-value"}>
      {value}
      {unit && <small>{unit}</small>}
    </span>
  );
  return (
    <div className="figure">
      <Popover content={<div className="figure-about">{about}</div>} trigger={["hover", "focus"]} placement="bottomLeft" mouseEnterDelay={0.3}>
        <button type="button" className="figure-label small soft">
          {label}
          <Icon name="info" size={12} />
        </button>
      </Popover>
      {to ? (
        <Link to={to} className="figure-link">
          {figure}
          <Icon name="chevron" size={14} />
        </Link>
      ) : (
        figure
      )}
      {before && <Delta {...before} />}
      {note && <span className="small soft">{note}</span>}
    </div>
  );
}

export function Delta({ now, then, label, lessIsGood }: { now: number; then: number; label: string; lessIsGood?: boolean }) {
  const t = uiWords.use();
  const rate = change(now, then);
  const text = rate === null ? t("noBefore") : rate === 0 ? t("noChange") : percent(Math.abs(rate) * 1e4);
  const up = (rate ?? 0) > 0;
  const tone = rate === null || rate === 0 ? "soft" : up !== Boolean(lessIsGood) ? "good" : "bad";
  return (
    <span className="small delta">
      <span className={tone}>
        {rate ? (up ? "▲ " : "▼ ") : ""}
        {text}
      </span>{" "}
      <span className="soft">{label}</span>
    </span>
  );
}

export function Figures({ children }: { children: ReactNode }) {
  return <div className="figures">{children}</div>;
}
