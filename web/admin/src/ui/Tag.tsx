import type { ReactNode } from "react";
import "./tag.css";

export type Tone = "plain" | "good" | "warning" | "bad" | "info" | "accent";

/** A state in a word. Tone carries meaning; most states are plain. */
export function Tag({ tone = "plain", children, dot }: { tone?: Tone; children: ReactNode; dot?: boolean }) {
  return (
    <span className={`tag tag-${tone}`}>
      {dot && <i />}
      {children}
    </span>
  );
}

/** A step of the order ladder as eight small marks; 8 is loyal. */
export function LadderStep({ step, title }: { step: number; title: string }) {
  return (
    <span className="ladder-step" role="img" aria-label={title} title={title}>
      {Array.from({ length: 8 }, (_, mark) => (
        <i key={mark} className={mark < step ? (step >= 8 ? "on loyal" : "on") : ""} />
      ))}
    </span>
  );
}

/** Recency, frequency, money, 1 to 5 each. */
export function Rfm({ scores }: { scores: readonly number[] }) {
  return (
    <span className="rfm">
      {scores.map((score, place) => (
        <i key={place} data-score={score}>
          {score || "–"}
        </i>
      ))}
    </span>
  );
}
