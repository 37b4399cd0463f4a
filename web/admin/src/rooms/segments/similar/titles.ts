import { words } from "./words";

/** What the tab is called that tells why a look-alike has its people. */
export function useWhyTitle(): string {
  const t = words.use();
  return t("tab");
}
