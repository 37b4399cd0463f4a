import { Button, Input, InputNumber } from "antd";
import { Icon } from "@/ui";
import { words } from "./words";

export interface Rate {
  readonly bucket: string;
  readonly pace: number | null;
}

export const rowsOf = (rates: Readonly<Record<string, number>>): Rate[] => Object.entries(rates).map(([bucket, pace]) => ({ bucket, pace }));

/** The rates to send; lines without a name are left out, null = a name without a figure. */
export function asRates(rows: readonly Rate[]): Record<string, number> | null {
  const told = rows.filter((row) => row.bucket.trim());
  if (told.some((row) => !row.pace)) return null;
  return Object.fromEntries(told.map((row) => [row.bucket.trim(), row.pace ?? 0]));
}

/** An account's own pace over the platform's usual one; folded, because few ever need it. */
export function Rates({ rows, onChange, tried }: { rows: readonly Rate[]; onChange: (rows: Rate[]) => void; tried: boolean }) {
  const t = words.use();
  const set = (place: number, change: Partial<Rate>) => onChange(rows.map((row, at) => (at === place ? { ...row, ...change } : row)));
  return (
    <details className="account-rates" open={rows.length > 0}>
      <summary className="small soft">{t("advanced")}</summary>
      <p className="small soft">{t("ratesWhat")}</p>
      {rows.map((row, place) => (
        <div key={place} className="row">
          <Input aria-label={t("bucket")} placeholder={t("bucket")} value={row.bucket} onChange={(event) => set(place, { bucket: event.target.value })} />
          <InputNumber aria-label={t("pace")} min={0.01} max={100_000} suffix={t("perSecond")} {...(tried && row.bucket.trim() && !row.pace ? { status: "error" as const } : {})} value={row.pace} onChange={(pace) => set(place, { pace })} />
          <Button type="text" icon={<Icon name="close" size={12} />} aria-label={t("rateRemove", { bucket: row.bucket })} onClick={() => onChange(rows.filter((_, at) => at !== place))} />
        </div>
      ))}
      <Button size="small" icon={<Icon name="plus" size={12} />} onClick={() => onChange([...rows, { bucket: "", pace: null }])}>
        {t("rateAdd")}
      </Button>
    </details>
  );
}
