import { InputNumber, Popover } from "antd";
import type { Audience, AudienceTarget } from "@/api/types";
import { Banner, format, Tag, TimeText, toast, toastError, useMay } from "@/ui";
import { useOffers, useSetTarget } from "./queries";
import { words } from "./words";

const TONES = { new: "plain", pushing: "info", processing: "info", ready: "good", too_small: "warning", failed: "bad", expired: "warning" } as const;

/** Where a package is uploaded, and what the platform says of it. */
export function TargetLine({ audience, target }: { audience: Audience; target: AudienceTarget }) {
  const t = words.use();
  const may = useMay();
  const offers = useOffers(may("audiences.export"));
  const offer = offers.data?.items.find((one) => one.account_id === target.account_id);
  const account = offer?.account ?? t("targetAccount", { id: target.account_id });
  const bad = target.state === "failed" || target.state === "too_small" || target.state === "expired";
  return (
    <div className="audience-target">
      <div className="row wrap">
        <b>{account}</b>
        <Tag tone={TONES[target.state]}>{t(`target.${target.state}`)}</Tag>
        {target.size > 0 && (
          <span>
            {t("targetSize", { n: format.count(target.size) })}
            {target.matched > 0 && ` · ${t("targetMatched", { n: format.count(target.matched), share: format.percent(Math.round((target.matched / target.size) * 1e4)) })}`}
          </span>
        )}
        <Renewal audience={audience} target={target} />
        {target.told_at && (
          <span className="small soft">
            {t("targetTold")} <TimeText at={target.told_at} />
          </span>
        )}
      </div>
      {bad && (
        <Banner tone="warning">
          <p>
            {t(`targetWhat.${target.state as "failed" | "too_small" | "expired"}`)} {target.message}
          </p>
        </Banner>
      )}
    </div>
  );
}

function Renewal({ audience, target }: { audience: Audience; target: AudienceTarget }) {
  const t = words.use();
  const may = useMay();
  const set = useSetTarget(audience.id);
  const days = target.renew_days ?? 0;
  const said = days ? t("renewEvery", { n: days }) : t("renewByHand");
  if (!may("audiences.export")) return <span className="small soft">{said}</span>;
  const save = (renew_days: number) => {
    if (renew_days !== days) set.mutate({ kind: target.kind, account_id: target.account_id, renew_days }, { onSuccess: () => toast(t("renewSaved")), onError: toastError });
  };
  return (
    <Popover trigger="click" content={<RenewDays value={days} onSave={save} />}>
      <button type="button" className="link small">
        {said}
      </button>
    </Popover>
  );
}

function RenewDays({ value, onSave }: { value: number; onSave: (days: number) => void }) {
  const t = words.use();
  return (
    <label className="row">
      <InputNumber
        min={0}
        max={30}
        precision={0}
        defaultValue={value}
        suffix={t("days")}
        onPressEnter={(event) => onSave(Number(event.currentTarget.value) || 0)}
        onBlur={(event) => onSave(Number(event.currentTarget.value) || 0)}
      />
      <span className="small soft">{t("renewHelp")}</span>
    </label>
  );
}
