import type { ReactNode } from "react";
import type { ImportPreview } from "@/api/types";
import { Count, format, Section, Tag, usePick } from "@/ui";
import { words } from "./words";

const shown = (value: unknown): string => (value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));

/** What the mapping makes of the beginning of the file: counts, reasons, and the first rows as they would be imported. */
export function PreviewView({ preview, children }: { preview: ImportPreview; children: ReactNode }) {
  const t = words.use();
  const names = [...new Set(preview.first.flatMap((row) => Object.keys(row.values)))].slice(0, 7);
  return (
    <div className="stack upload-preview">
      <Section title={t("previewTitle", { rows: format.count(preview.rows) })} note={Object.values(preview.details).join(" · ")}>
        <p className="row wrap">
          <Tag tone="good">
            {t("goodRows")} <Count value={preview.good} />
          </Tag>
          <Tag tone={preview.bad ? "warning" : "plain"}>
            {t("badRows")} <Count value={preview.bad} />
          </Tag>
          {Object.entries(preview.kinds).map(([kind, rows]) => (
            <Tag key={kind}>
              {kind} <Count value={rows} />
            </Tag>
          ))}
        </p>
        {Object.keys(preview.reasons).length > 0 && (
          <ul className="preview-reasons small">
            {Object.entries(preview.reasons).map(([reason, rows]) => (
              <li key={reason}>
                <span className="mono">{reason}</span> · <Count value={rows} />
              </li>
            ))}
          </ul>
        )}
        <p className="soft small">{t("previewWhat")}</p>
        <div className="preview-go">{children}</div>
      </Section>
      <Section title={t("firstRows")} flush>
        <div className="preview-scroll">
          <table className="table" aria-label={t("firstRows")}>
            <thead>
              <tr>
                <th scope="col">{t("colRow")}</th>
                {names.map((name) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {preview.first.map((row) => (
                <PreviewRow key={row.row_no} row={row} names={names} />
              ))}
            </tbody>
          </table>
        </div>
      </Section>
    </div>
  );
}

function PreviewRow({ row, names }: { row: ImportPreview["first"][number]; names: readonly string[] }) {
  const say = usePick();
  return (
    <tr>
      <td className="numeric">{row.row_no}</td>
      {row.reasons.length > 0 ? (
        <td colSpan={names.length} className="bad">
          {row.reasons.map((reason) => `${reason.field} “${reason.value}” ${say(reason.reason)}`).join(" · ")}
        </td>
      ) : (
        names.map((name) => <td key={name}>{shown(row.values[name])}</td>)
      )}
    </tr>
  );
}
