import { Button } from "antd";
import type { ReactNode } from "react";
import { uiWords } from "./words";
import "./states.css";

interface TaskProgressProps {
  readonly done: number;
  /** 0 = not known yet. */
  readonly total: number;
  readonly label: string;
  /** What is being done, beside the button that stops it. */
  readonly children: ReactNode;
  readonly stopping?: boolean;
  readonly onStop?: (() => void) | undefined;
}

/** A long task in its own place: how far it is, and a way to stop it. */
export function TaskProgress({ done, total, label, children, stopping = false, onStop }: TaskProgressProps) {
  const t = uiWords.use();
  return (
    <div className="task-progress" role="status">
      <progress max={100} value={total > 0 && done > 0 ? (done / total) * 100 : undefined} aria-label={label} />
      <div className="row apart small soft">
        <span>{children}</span>
        {onStop && (
          <Button size="small" loading={stopping} onClick={onStop}>
            {t("cancel")}
          </Button>
        )}
      </div>
    </div>
  );
}
