import { useId, type ReactNode } from "react";
import "./form.css";

interface FieldProps {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | null | undefined;
  /** Gets the id that ties label, control and help together. */
  readonly children: (id: string, describedBy: string) => ReactNode;
  readonly optional?: string;
}

/** Label above, control, then what is wrong or what it is for. */
export function Field({ label, help, error, children, optional }: FieldProps) {
  const id = useId();
  const about = `${id}-about`;
  return (
    <div className={error ? "field field-bad" : "field"}>
      <label htmlFor={id}>
        {label}
        {optional && <span className="soft"> {optional}</span>}
      </label>
      {children(id, about)}
      <div id={about} className="small field-about">
        {error ? <span className="bad">{error}</span> : <span className="soft">{help}</span>}
      </div>
    </div>
  );
}

/** A titled part of a long form. */
export function FormSection({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <section className="form-section">
      <div>
        <h2>{title}</h2>
        {note && <p className="small soft">{note}</p>}
      </div>
      <div className="form-fields">{children}</div>
    </section>
  );
}

/** Names and values in two columns. */
export function Facts({ items, left }: { items: readonly (readonly [string, ReactNode])[]; left?: boolean }) {
  return (
    <dl className={left ? "facts facts-left" : "facts"}>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt className="soft">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
