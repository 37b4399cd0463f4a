export type Lang = "zh" | "en";
export type Params = Readonly<Record<string, string | number>>;

const SLOT = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

/** Put values into "{name}"; "{n|customer|customers}" chooses the word that fits the number n. */
export function fill(text: string, params: Params = {}): string {
  return text.replace(SLOT, (whole, name: string, one?: string, many?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    if (one === undefined) return String(value);
    return Number(String(value).replace(/,/g, "")) === 1 ? one : (many ?? "");
  });
}

/** Names of the slots of a text, sorted; both languages must fill the same. */
export function slots(text: string): string[] {
  return [...new Set([...text.matchAll(SLOT)].map((match) => match[1] ?? ""))].sort();
}
