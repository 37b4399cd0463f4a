import { useEffect, type ReactNode } from "react";
import { Link } from "react-router";
import { Icon } from "./icons";
import "./page.css";

interface HeaderProps {
  readonly title: ReactNode;
  /** Plain text of the title for the browser tab, where the title is not plain. */
  readonly name?: string | undefined;
  /** What is true here: window, freshness, counts. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly up?: { readonly to: string; readonly title: string } | undefined;
}

export function Page({ children, narrow }: { children: ReactNode; narrow?: boolean }) {
  return <div className={narrow ? "page page-narrow" : "page"}>{children}</div>;
}

export function PageHeader({ title, name, note, actions, up }: HeaderProps) {
  const tab = name ?? (typeof title === "string" ? title : "");
  useEffect(() => {
    document.title = tab ? `${tab} · Regulars` : "Regulars";
  }, [tab]);
  return (
    <header className="page-header">
      <div className="page-header-words">
        {up && (
          <Link to={up.to} className="page-up small soft">
            <Icon name="back" size={12} />
            {up.title}
          </Link>
        )}
        <h1>{title}</h1>
        {note && <p className="page-note small soft">{note}</p>}
      </div>
      {actions && <div className="page-actions">{actions}</div>}
    </header>
  );
}

interface SectionProps {
  readonly title?: ReactNode;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** No inner space: tables and lists that bring their own. */
  readonly flush?: boolean;
  readonly className?: string;
}

/** A part of a page: a title that says what it answers, and its content on a sheet. */
export function Section({ title, note, actions, children, flush, className }: SectionProps) {
  return (
    <section className={["section", flush ? "section-flush" : "", className ?? ""].join(" ").trim()}>
      {(title || actions) && (
        <div className="section-head">
          <div>
            {title && <h2>{title}</h2>}
            {note && <p className="small soft">{note}</p>}
          </div>
          {actions && <div className="row">{actions}</div>}
        </div>
      )}
      <div className="section-body">{children}</div>
    </section>
  );
}
