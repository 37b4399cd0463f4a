import { Button } from "antd";
import type { ReactNode } from "react";
import { Icon } from "./icons";
import { uiWords } from "./words";
import "./states.css";

interface EmptyProps {
  readonly title: string;
  /** What the place is for, and one example. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function EmptyState({ title, children, action }: EmptyProps) {
  return (
    <div className="empty">
      <svg width="44" height="28" viewBox="0 0 44 28" fill="none" stroke="var(--stone)" strokeWidth="1.4" strokeLinecap="round" aria-hidden>
        <path d="M4 24a18 18 0 0 1 34-6M38 18l2.6-4.6M38 18l-5-1.6" />
        <circle cx="4" cy="24" r="2.2" fill="var(--accent)" stroke="none" />
      </svg>
      <h3>{title}</h3>
      {children && <div className="soft empty-words">{children}</div>}
      {action && <div className="row wrap empty-action">{action}</div>}
    </div>
  );
}

/** What a server or a network says when something fails; every error of the client has this shape. */
export interface Failure {
  readonly status?: number;
  readonly title?: string;
  readonly message: string;
  readonly hint?: string;
}

export function asFailure(error: unknown): Failure {
  return error instanceof Error ? error : { message: String(error) };
}

/** What happened and what to do, on one line. */
export function told(error: unknown): string {
  const { message, hint } = asFailure(error);
  return hint ? `${message}${/[。？]$/.test(message) ? "" : " "}${hint}` : message;
}

/** A part that failed says so in its place and can be retried alone. */
export function ErrorState({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const t = uiWords.use();
  const failure = asFailure(error);
  const forbidden = failure.status === 403;
  const title = failure.title || t("failed");
  const why = failure.status === 0 ? t("failedWhy") : failure.message;
  return (
    <div className="failed" role="alert">
      <Icon name="warning" />
      <div>
        <h3>{forbidden ? t("notAllowedTitle") : title}</h3>
        {forbidden && <p className="soft">{t("notAllowed")}</p>}
        {!forbidden && why !== title && <p className="soft">{why}</p>}
        {failure.hint && !forbidden && <p className="soft">{failure.hint}</p>}
      </div>
      {retry && !forbidden && (
        <Button size="small" onClick={retry} icon={<Icon name="refresh" size={14} />}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}

export function Skeleton({ lines = 3, height }: { lines?: number; height?: number }) {
  const t = uiWords.use();
  return (
    <div className="skeleton" role="status" aria-label={t("loading")} style={height ? { height } : undefined}>
      {height
        ? null
        : Array.from({ length: lines }, (_, line) => <i key={line} style={{ width: `${88 - ((line * 23) % 45)}%` }} />)}
    </div>
  );
}

interface QueryLike<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** One part of a page fed by one question: skeleton, error in place, or the content. */
export function Part<T>({ query, height, children }: { query: QueryLike<T>; height?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton {...(height ? { height } : {})} />;
}
