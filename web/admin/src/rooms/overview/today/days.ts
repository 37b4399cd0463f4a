import type { Day } from "@/api/types";
import { format, useBrand, useLang } from "@/ui";
import { words } from "../words";

interface When {
  /** What the figures are set beside: "last Friday up to 14:05". */
  readonly beside: string;
  /** What a figure covers, for its explanation. */
  readonly covers: string;
  /** 14:05 in the brand's zone; "" of a whole day. */
  readonly time: string;
}

/** How the two days of a comparison are called. */
export function useWhen(): (days: Pick<Day, "day" | "other">) => When {
  const t = words.use();
  const lang = useLang();
  const { zone } = useBrand();
  return ({ day, other }) => {
    const weekday = new Date(`${other.on}T00:00:00Z`).toLocaleDateString(lang === "zh" ? "zh-CN" : "en", { weekday: lang === "zh" ? "short" : "long", timeZone: "UTC" });
    const time = day.unfinished ? format.dateTime(day.until, zone).slice(-5) : "";
    return {
      time,
      beside: t(time ? "besideUntil" : "besideWhole", { weekday, time }),
      covers: t(time ? "coversUntil" : "coversWhole", { on: day.on, other: other.on, time, zone }),
    };
  };
}
