import type { ReactNode } from "react";
import type { ImportPreview } from "@/api/types";
import { Count, DataTable, format, Section, Tag, usePick, type Column } from "@/ui";
import { useKindWord } from "./states";
import { words } from "./words";

type Row = ImportPreview["first"][number];

/** What people look at first; the rest follows, the brand is known anyway. */
const FIRST = ["document_id", "kind", "occurred_at", "item_id", "item_name", "quantity", "unit_price", "amount_fen", "shop", "region"];

const shown = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  if (typeof value === "object") return JSON.stringify(value);
  return String(value).replace(/T(\d\d:\d\d:\d\d).*$/, " $1");
};

/** What the mapping makes of the beginning of the file: counts, reasons, and the first rows as they would be imported. */
export function PreviewView({ preview, label, children }: { preview: ImportPreview; label: (field: string) => string; children: ReactNode }) {
  const t = words.use();
  const kindWord = useKindWord();
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
              {kindWord(kind)} <Count value={rows} />
            </Tag>
          ))}
        </p>
        <Reasons preview={preview} />
        <p className="soft small preview-what">{t("previewWhat")}</p>
        <div className="preview-go">{children}</div>
      </Section>
      <FirstRows rows={preview.first.filter((row) => row.reasons.length === 0)} label={label} />
    </div>
  );
}

/** Why rows would wait: each reason with an example in the server's own words, and how many rows share it. */
function Reasons({ preview }: { preview: ImportPreview }) {
  const t = words.use();
  const say = usePick();
  const examples = preview.first.flatMap((row) => row.reasons);
  const told = (code: string) => {
    const example = examples.find((reason) => reason.code === code);
    return example ? say(example.reason) : code;
  };
  return (
    <ul className="preview-reasons">
      {Object.entries(preview.reasons).map(([code, rows]) => (
        <li key={code}>
          <span className="bad">{told(code)}</span> <span className="soft">{t("likeThis", { n: format.count(rows) })}</span>
        </li>
      ))}
    </ul>
  );
}

function FirstRows({ rows, label }: { rows: readonly Row[]; label: (field: string) => string }) {
  const t = words.use();
  const kindWord = useKindWord();
  const present = new Set(rows.flatMap((row) => Object.keys(row.values)));
  const names = [...FIRST.filter((name) => present.has(name)), ...[...present].filter((name) => !FIRST.includes(name) && name !== "brand_id")];
  const columns: Column<Row>[] = [
    { key: "row", title: t("colRow"), render: (row) => row.row_no },
    ...names.map((name, place) => ({ key: name, title: label(name), phone: place < 2, render: (row: Row) => (name === "kind" ? kindWord(shown(row.values[name])) : shown(row.values[name])) })),
  ];
  return (
    <Section title={t("firstRows")} flush>
      <div className="preview-scroll">
        <DataTable
          id="import-preview"
          label={t("firstRows")}
          columns={columns}
          query={{ data: { items: rows }, error: null, refetch: () => undefined }}
          rowKey={(row) => row.row_no}
          empty={null}
          bare
        />
      </div>
    </Section>
  );
}
