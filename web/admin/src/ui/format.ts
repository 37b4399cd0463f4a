import type { Lang } from "./i18n/fill";

/** Thin space between figures and CJK words. */
const THIN = "\u2009";
const MINUS = "\u2212";

const plain = (value: number, digits: number, least = digits): string => {
  const text = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: least,
    maximumFractionDigits: digits,
  });
  return value < 0 && Number(text.replace(/,/g, "")) !== 0 ? MINUS + text : text;
};

const SYMBOL: Readonly<Record<string, string>> = { CNY: "¥", GBP: "£", USD: "$", EUR: "€", JPY: "¥", HKD: "HK$" };

export const currencySymbol = (currency: string): string => SYMBOL[currency] ?? `${currency} `;

export const count = (value: number): string => plain(value, 0);

/** Large figures as overviews show them: 万 and 亿 in Chinese, K and M in English. */
export function short(value: number, lang: Lang, digits = 2): string {
  const size = Math.abs(value);
  if (lang === "zh") {
    if (size >= 1e8) return `${plain(value / 1e8, digits)}${THIN}亿`;
    if (size >= 1e4) return `${plain(value / 1e4, digits)}${THIN}万`;
    return plain(value, 0);
  }
  if (size >= 1e9) return `${plain(value / 1e9, digits)}B`;
  if (size >= 1e6) return `${plain(value / 1e6, digits)}M`;
  if (size >= 1e5) return `${plain(value / 1e3, Math.min(digits, 1))}K`;
  return plain(value, 0);
}

const signed = (sign: string, body: string): string =>
  body.startsWith(MINUS) ? MINUS + sign + body.slice(1) : sign + body;

/** For axes: 1.50M is 1.5M, 500.0K is 500K. */
export const trimZeros = (text: string): string =>
  text.replace(/\.(\d*?)0+(?!\d)/, (_, digits: string) => (digits ? `.${digits}` : ""));

/** Full figure with two decimals; `fen` may be fractional (per head). */
export const money = (fen: number, currency: string): string =>
  signed(currencySymbol(currency), plain(fen / 100, 2));

/** As overviews show it. */
export const moneyShort = (fen: number, currency: string, lang: Lang): string =>
  signed(currencySymbol(currency), short(fen / 100, lang));

/** Figure alone, for columns whose header names the currency. */
export const moneyFigure = (fen: number): string => plain(fen / 100, 2);

/** Basis points as a percentage. */
export const percent = (bp: number, digits = 1): string => `${plain(bp / 100, digits)}%`;

/** Difference of two rates, in percentage points, always signed. */
export function pointsDiff(bp: number, lang: Lang, digits = 2): string {
  const figure = withSign(bp / 100, digits);
  return lang === "zh" ? `${figure}${THIN}个百分点` : `${figure}${THIN}pp`;
}

export function withSign(value: number, digits: number): string {
  const text = plain(value, digits);
  return value > 0 && !/^[0.]+$/.test(text) ? `+${text}` : text;
}

export const moneyDiff = (fen: number, currency: string): string =>
  signed(currencySymbol(currency), withSign(fen / 100, 2)).replace(/^(\D+)\+/, "+$1");

/** Change from before to now as a signed percentage; null when there was nothing before. */
export function change(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / Math.abs(before);
}

/** "2011-12-10" plus days, still a business date. */
export function shiftDay(on: string, days: number): string {
  const date = new Date(`${on}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to.slice(0, 10)}T00:00:00Z`) - Date.parse(`${from.slice(0, 10)}T00:00:00Z`)) / 864e5);
}

/** An instant, in the brand's zone: 2011-12-09 14:05. */
export function dateTime(at: string, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(new Date(at));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")} ${of("hour")}:${of("minute")}`;
}

/** How long ago a business date lies, in the words a shop manager uses. */
export function ago(on: string, today: string, lang: Lang): string {
  const days = daysBetween(on, today);
  if (days <= 0) return lang === "zh" ? "今天" : "today";
  if (days === 1) return lang === "zh" ? "昨天" : "yesterday";
  return lang === "zh" ? `${count(days)}${THIN}天前` : `${count(days)} days ago`;
}

/** Seconds as people read them: 0.4 s, 12 s, 3 min 5 s. */
export function seconds(value: number, lang: Lang): string {
  const [second, minute] = lang === "zh" ? [`${THIN}秒`, `${THIN}分`] : [`${THIN}s`, `${THIN}min`];
  if (value < 1) return `${Math.max(1, Math.round(value * 1000))}${THIN}${lang === "zh" ? "毫秒" : "ms"}`;
  if (value < 60) return `${plain(value, value < 10 ? 1 : 0)}${second}`;
  return `${Math.floor(value / 60)}${minute} ${Math.round(value % 60)}${second}`;
}

/** A month "2011-11" as an axis label. */
export function monthLabel(month: string, lang: Lang, first: boolean): string {
  const [year, number] = month.split("-");
  if (lang === "zh") return first ? `${Number(number)}月\n${year}` : `${Number(number)}月`;
  const name = new Date(`${month}-01T00:00:00Z`).toLocaleString("en", { month: "short", timeZone: "UTC" });
  return first ? `${name}\n${year}` : name;
}
