import { Button, Popover } from "antd";
import { useAdvance } from "@/api/session";
import type { Me } from "@/api/types";
import { Icon, toast, toastError, useBrand, useMay } from "@/ui";
import { appWords } from "./words";

/** The business day everything on the page takes as today; frozen in demos, where it can be advanced. */
export function ClockChip({ me }: { me: Me }) {
  const t = appWords.use();
  const { zone } = useBrand();
  const may = useMay();
  const advance = useAdvance();
  const go = (days: number) =>
    advance.mutate(days, {
      onSuccess: (next) => toast(t("advanced", { on: next.business_on })),
      onError: toastError,
    });
  const about = (
    <div className="clock-about">
      <p>{t(me.frozen ? "frozenWhat" : "liveWhat", { on: me.business_on, zone })}</p>
      {me.frozen && may("settings.write") && (
        <div className="row">
          <Button size="small" type="primary" loading={advance.isPending} onClick={() => go(1)}>
            {t("advance")}
          </Button>
          <Button size="small" disabled={advance.isPending} onClick={() => go(7)}>
            {t("advanceWeek")}
          </Button>
        </div>
      )}
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" content={about}>
      <button type="button" className={me.frozen ? "clock frozen" : "clock"}>
        <Icon name={me.frozen ? "frozen" : "clock"} size={14} />
        <span className="clock-word">{t("businessDay")} </span>
        <b>{me.business_on}</b>
        {me.frozen && <span className="clock-word">· {t("frozen")}</span>}
      </button>
    </Popover>
  );
}
