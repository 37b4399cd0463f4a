import { useBrand } from "./brand";
import * as format from "./format";
import { useLang } from "./i18n";

/** Money in minor units. `short` for overviews, `bare` for columns whose header names the currency. */
export function Money({ fen, short, bare }: { fen: number | null | undefined; short?: boolean; bare?: boolean }) {
  const { currency } = useBrand();
  const lang = useLang();
  if (fen === null || fen === undefined) return <Unknown />;
  if (bare) return <>{format.moneyFigure(fen)}</>;
  if (short) return <span title={format.money(fen, currency)}>{format.moneyShort(fen, currency, lang)}</span>;
  return <>{format.money(fen, currency)}</>;
}

export function Count({ value, short }: { value: number | null | undefined; short?: boolean }) {
  const lang = useLang();
  if (value === null || value === undefined) return <Unknown />;
  return short ? <span title={format.count(value)}>{format.short(value, lang)}</span> : <>{format.count(value)}</>;
}

/** A rate in basis points. */
export function Percent({ bp, digits = 1 }: { bp: number | null | undefined; digits?: number }) {
  return bp === null || bp === undefined ? <Unknown /> : <>{format.percent(bp, digits)}</>;
}

/** A business date; `relative` adds how long ago it is on hover, `ago` shows that instead. */
export function DateText({ on, ago }: { on: string | null | undefined; ago?: boolean }) {
  const { businessOn } = useBrand();
  const lang = useLang();
  if (!on) return <Unknown />;
  const since = format.ago(on, businessOn, lang);
  return (
    <time dateTime={on} title={ago ? on : since} className="nowrap">
      {ago ? since : on}
    </time>
  );
}

/** An instant, shown in the brand's zone. */
export function TimeText({ at }: { at: string | null | undefined }) {
  const { zone } = useBrand();
  if (!at) return <Unknown />;
  return (
    <time dateTime={at} title={zone} className="nowrap">
      {format.dateTime(at, zone)}
    </time>
  );
}

export function Seconds({ value }: { value: number | null | undefined }) {
  const lang = useLang();
  return value === null || value === undefined ? <Unknown /> : <>{format.seconds(value, lang)}</>;
}

/** Unknown is a gap, never zero. */
export function Unknown() {
  return <span className="soft">–</span>;
}
