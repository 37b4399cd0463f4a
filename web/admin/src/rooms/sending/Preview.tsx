import { Input } from "antd";
import { useState } from "react";
import type { SaidIn } from "@/api/types";
import { asFailure, format, Section, usePick, useRested } from "@/ui";
import { usePreview, useVariables } from "./queries";
import { TestSend } from "./TestSend";
import { words } from "./words";
import "./sending.css";

/** How a message reads, for anybody or one customer; and a test of it. */
export function Preview({ said }: { said: SaidIn | null }) {
  const t = words.use();
  const say = usePick();
  const [number, setNumber] = useState("");
  const variables = useVariables();
  const uid = /^\d{1,10}$/.test(number) ? Number(number) : null;
  const rested = useRested(JSON.stringify(said && { ...said, uid }), 400);
  const asked = JSON.parse(rested) as SaidIn | null;
  const preview = usePreview(asked);
  const failure = preview.error ? asFailure(preview.error) : null;
  const named = (name: string) => {
    const found = variables.data?.find((one) => one.name === name);
    return found ? say(found.title) : name;
  };
  return (
    <>
      <Section title={t("preview")} note={t("previewNote")}>
        <Input aria-label={t("previewUid")} placeholder={t("previewUid")} inputMode="numeric" value={number} onChange={(event) => setNumber(event.target.value.trim())} />
        {failure ? (
          <p className="small bad sending-preview-note">{failure.message}</p>
        ) : (
          preview.data && (
            <>
              <p className="sending-bubble">{preview.data.text}</p>
              {preview.data.missing.length > 0 && <p className="small warning">{t("previewMissing", { names: preview.data.missing.map(named).join("、") })}</p>}
              <p className="small soft">{t("previewCost", { parts: preview.data.parts, cost: format.money(preview.data.cost_fen, preview.data.currency) })}</p>
            </>
          )
        )}
      </Section>
      {said && <TestSend said={{ ...said, uid }} />}
    </>
  );
}
