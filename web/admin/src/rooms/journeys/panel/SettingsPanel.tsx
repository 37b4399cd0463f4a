import { Button, InputNumber, Radio, Switch } from "antd";
import { useState } from "react";
import { Icon } from "@/ui";
import { useFacts } from "../canvas/context";
import { words } from "../words";
import { EventField, type Match } from "./EventField";

interface Whole {
  readonly exits?: readonly Match[];
  readonly goal?: Match | null;
  readonly leave_at_goal?: boolean;
  readonly again_after_days?: number | null;
}

const AGAIN_DAYS = 30;

/** What holds for the whole journey: who leaves, what it is for, who may come again. */
export function SettingsPanel() {
  const t = words.use();
  const { drawing, draw } = useFacts();
  const whole = drawing.settings as Whole;
  const set = (part: Whole) => draw((now) => ({ ...now, settings: { ...now.settings, ...part } }), "settings");
  const again = whole.again_after_days ?? null;
  return (
    <>
      <header className="jpanel-head">
        <h2>{t("settings")}</h2>
      </header>
      <section className="jfields">
        <h3>{t("goal")}</h3>
        <p className="small soft">{t("goalWhat")}</p>
        <EventField label={t("setEvent")} value={whole.goal ?? null} set={(goal) => set({ goal })} none={t("noGoal")} />
        {whole.goal && (
          <label className="row jswitch">
            <Switch size="small" checked={whole.leave_at_goal ?? true} onChange={(leave_at_goal) => set({ leave_at_goal })} />
            {t("leaveAtGoal")}
          </label>
        )}
      </section>
      <Exits exits={whole.exits ?? []} set={(exits) => set({ exits })} />
      <section className="jfields">
        <h3>{t("again")}</h3>
        <Radio.Group value={again === null ? "once" : "again"} onChange={({ target }) => set({ again_after_days: target.value === "once" ? null : AGAIN_DAYS })}>
          <Radio value="once">{t("onceOnly")}</Radio>
          <Radio value="again">{t("afterDays")}</Radio>
        </Radio.Group>
        {again !== null && (
          <div className="row jagain">
            <InputNumber aria-label={t("againDays")} min={0} max={3660} precision={0} value={again} onChange={(days) => set({ again_after_days: Number(days ?? 0) })} />
            <span className="soft">{t("againDays")}</span>
          </div>
        )}
      </section>
    </>
  );
}

/** Reasons to leave; one that is just begun is kept once its event is chosen. */
function Exits({ exits, set }: { exits: readonly Match[]; set: (exits: readonly Match[]) => void }) {
  const t = words.use();
  const [begun, setBegun] = useState(false);
  return (
    <section className="jfields">
      <h3>{t("exits")}</h3>
      <p className="small soft">{t("exitsWhat")}</p>
      {exits.map((one, place) => (
        <div key={`${place} ${one.event}`} className="jexit">
          <div>
            <EventField label={t("setEvent")} value={one} set={(next) => next && set(exits.map((other, at) => (at === place ? next : other)))} />
          </div>
          <Button type="text" size="small" aria-label={t("removeExit")} title={t("removeExit")} icon={<Icon name="close" size={12} />} onClick={() => set(exits.filter((other) => other !== one))} />
        </div>
      ))}
      {begun && (
        <EventField
          label={t("setEvent")}
          value={null}
          set={(next) => {
            if (next) set([...exits, next]);
            setBegun(false);
          }}
        />
      )}
      {!begun && (
        <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => setBegun(true)}>
          {t("addExit")}
        </Button>
      )}
    </section>
  );
}
