import { Button, Input } from "antd";
import { useRef, useState, type DragEvent } from "react";
import { useNavigate } from "react-router";
import { ErrorState, Icon, Page, PageHeader, Section, Skeleton, toast, toastError } from "@/ui";
import { PreviewView } from "./PreviewView";
import { usePreviewFile, useStartImport } from "./queries";
import { words } from "./words";
import "./imports.css";

/** Bring in a file: choose it, see what the mapping makes of its beginning, mend the mapping, import. */
export default function UploadPage() {
  const t = words.use();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [mapping, setMapping] = useState("");
  const preview = usePreviewFile();
  const start = useStartImport();
  const look = (chosen: File, text: string) =>
    preview.mutate({ file: chosen, mapping: text }, { onSuccess: (found) => setMapping(found.mapping) });
  const choose = (chosen: File | undefined) => {
    if (!chosen) return;
    setFile(chosen);
    look(chosen, "");
  };
  const run = () =>
    file &&
    start.mutate(
      { file, mapping },
      {
        onSuccess: () => {
          toast(t("started"));
          void navigate("/imports");
        },
        onError: toastError,
      },
    );
  return (
    <Page>
      <PageHeader up={{ to: "/imports", title: t("title") }} title={t("upload")} note={t("uploadNote")} />
      <DropPlace file={file} onChoose={choose} />
      {preview.isPending && <Skeleton height={240} />}
      {preview.error && <ErrorState error={preview.error} retry={file ? () => look(file, mapping) : undefined} />}
      {file && mapping && (
        <div className="upload-parts">
          <Section
            title={t("mapping")}
            note={t("mappingNote")}
            actions={
              <Button size="small" icon={<Icon name="refresh" size={14} />} loading={preview.isPending} onClick={() => look(file, mapping)}>
                {t("previewAgain")}
              </Button>
            }
          >
            <Input.TextArea className="mono" aria-label={t("mapping")} spellCheck={false} autoSize={{ minRows: 12, maxRows: 28 }} value={mapping} onChange={(event) => setMapping(event.target.value)} />
          </Section>
          {preview.data && (
            <PreviewView preview={preview.data}>
              <Button type="primary" size="large" loading={start.isPending} disabled={preview.isPending || preview.data.good === 0 || preview.data.mapping !== mapping} onClick={run}>
                {t("startImport")}
              </Button>
            </PreviewView>
          )}
        </div>
      )}
    </Page>
  );
}

function DropPlace({ file, onChoose }: { file: File | null; onChoose: (file: File | undefined) => void }) {
  const t = words.use();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onChoose(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input ref={input} type="file" accept=".csv,.txt,.tsv,.xlsx,.xls,.parquet" hidden onChange={(event) => onChoose(event.target.files?.[0])} />
      <Icon name="imports" size={20} />
      <span>{file ? file.name : t("dropHere")}</span>
      <Button onClick={() => input.current?.click()}>{t(file ? "chooseOther" : "chooseFile")}</Button>
    </div>
  );
}
