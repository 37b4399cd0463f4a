import { useSyncExternalStore } from "react";
import { Icon } from "./icons";
import { told } from "./states";
import { uiWords } from "./words";
import "./toast.css";

interface Toast {
  readonly id: number;
  readonly tone: "good" | "bad";
  readonly text: string;
  readonly undo?: (() => void) | undefined;
}

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((tell) => tell());
}

function dismiss(id: number): void {
  set(toasts.filter((toast) => toast.id !== id));
}

/** A word on what was done; `undo` takes it back, offered for ten seconds. */
export function toast(text: string, tone: Toast["tone"] = "good", undo?: () => void): void {
  const id = ++last;
  set([...toasts.slice(-2), { id, tone, text, undo }]);
  window.setTimeout(() => dismiss(id), undo || tone === "bad" ? 10_000 : 4_000);
}

export function toastError(error: unknown): void {
  toast(told(error), "bad");
}

export function Toasts() {
  const t = uiWords.use();
  const shown = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((item) => (
        <div key={item.id} className={`toast toast-${item.tone}`}>
          <Icon name={item.tone === "good" ? "check" : "warning"} />
          <span>{item.text}</span>
          {item.undo && (
            <button
              type="button"
              onClick={() => {
                item.undo?.();
                dismiss(item.id);
              }}
            >
              {t("undo")}
            </button>
          )}
          <button type="button" aria-label={t("close")} onClick={() => dismiss(item.id)}>
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
    </div>
  );
}
