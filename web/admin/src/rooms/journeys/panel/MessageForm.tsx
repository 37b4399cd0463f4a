import { Segmented } from "antd";
import { useFacts } from "../canvas/context";
import type { Settings } from "../drawing/drawing";
import { words } from "../words";
import { saidOf, settingsOf } from "./said";

const PURPOSES = ["marketing", "service"] as const;

/** What a node says and by which channel, with the parts that campaigns are written with. */
export function MessageForm({ values, set }: { values: Settings; set: (values: Settings) => void }) {
  const t = words.use();
  const { Message } = useFacts().slots;
  const purpose = values["purpose"] === "service" ? "service" : "marketing";
  const said = saidOf(values);
  const changePurpose = (next: string) => set(settingsOf(said, { ...values, purpose: next }));
  return (
    <>
      <div className="field" role="group" aria-label={t("purpose")}>
        <p className="jlabel">{t("purpose")}</p>
        <Segmented value={purpose} onChange={changePurpose} options={PURPOSES.map((one) => ({ value: one, label: t(`purpose.${one}`) }))} />
      </div>
      <Message said={said} limited={purpose === "marketing"} set={(change) => set(settingsOf({ ...said, ...change }, values))} />
    </>
  );
}
