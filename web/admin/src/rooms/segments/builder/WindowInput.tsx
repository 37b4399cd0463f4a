import { DatePicker, InputNumber, Select } from "antd";
import dayjs from "dayjs";
import type { Window } from "@/api/rule";
import { words } from "../words";

const WINDOWS: readonly Window["kind"][] = ["last_days", "between", "ever"];

/** When: the business days that count. */
export function WindowInput({ window, onChange }: { window: Window; onChange: (window: Window) => void }) {
  const t = words.use();
  const blank: Record<Window["kind"], Window> = {
    ever: { kind: "ever" },
    last_days: { kind: "last_days", days: 30 },
    between: { kind: "between", start: "", end: "" },
  };
  return (
    <>
      <Select
        aria-label={t("window")}
        className="rule-compare"
        popupMatchSelectWidth={false}
        value={window.kind}
        options={WINDOWS.map((kind) => ({ value: kind, label: t(`w.${kind}`) }))}
        onChange={(kind: Window["kind"]) => onChange(blank[kind])}
      />
      {window.kind === "last_days" && (
        <>
          <InputNumber aria-label={t("days")} className="value-short" min={1} precision={0} value={window.days} onChange={(days) => onChange({ kind: "last_days", days: Number(days ?? 1) })} />
          <span className="soft">{t("days")}</span>
        </>
      )}
      {window.kind === "between" && (
        <DatePicker.RangePicker
          aria-label={t("window")}
          className="value-range"
          value={window.start && window.end ? [dayjs(window.start), dayjs(window.end)] : null}
          onChange={(range) => onChange({ kind: "between", start: range?.[0]?.format("YYYY-MM-DD") ?? "", end: range?.[1]?.format("YYYY-MM-DD") ?? "" })}
        />
      )}
    </>
  );
}
