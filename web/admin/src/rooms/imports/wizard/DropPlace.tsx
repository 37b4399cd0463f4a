import { Button } from "antd";
import { useRef, useState, type DragEvent } from "react";
import { Icon } from "@/ui";
import { words } from "./words";

/** Where a file is dropped, or chosen. */
export function DropPlace({ file, onChoose }: { file: File | null; onChoose: (file: File) => void }) {
  const t = words.use();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (chosen: File | undefined) => {
    if (chosen) onChoose(chosen);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={[file ? "drop drop-small" : "drop", over ? "over" : ""].join(" ")}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input ref={input} type="file" accept=".csv,.txt,.tsv,.xlsx,.xls,.parquet" hidden aria-label={t("choose")} onChange={(event) => take(event.target.files?.[0])} />
      <Icon name="imports" size={20} />
      <span>{file ? file.name : t("drop")}</span>
      <Button type={file ? "default" : "primary"} onClick={() => input.current?.click()}>
        {t(file ? "chooseOther" : "choose")}
      </Button>
    </div>
  );
}
