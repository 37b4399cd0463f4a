import { useChannels } from "@/api/queries";
import type { Rule } from "@/api/rule";
import { format, usePick } from "@/ui";
import { useFacts } from "../canvas/context";
import type { DrawnNode, Settings } from "../drawing/drawing";
import { opened, saysMessage, shapeOf, type KindSchema } from "../drawing/shape";
import { schemaOf } from "../drawing/traits";
import { words } from "../words";
import { saidOf } from "./said";
import { useSegmentName } from "./SegmentField";

const TIMES = ["days", "hours", "minutes"] as const;
const SHOWN = 48;

/** How many things a condition asks, however they are put together. */
export function asked(rule: unknown): number {
  const one = rule as Rule | null | undefined;
  if (!one) return 0;
  if (one.op === "and" || one.op === "or") return one.rules.reduce((sum, part) => sum + asked(part), 0);
  if (one.op === "not") return asked(one.rule);
  return one.op === "everyone" ? 0 : 1;
}

const listed = (value: unknown): readonly Settings[] => (Array.isArray(value) ? (value as Settings[]) : []);

const itemWord = (item: Settings): string => [item["name"], typeof item["bp"] === "number" ? format.percent(item["bp"]) : ""].filter(Boolean).join(" ");

const plainWord = (name: string, title: string | undefined, value: unknown): string => (name === "experiment" || typeof value === "object" ? "" : `${title ?? ""} ${String(value)}`.trim());

/** What a node's settings say, on one line. */
export function useSummary(node: DrawnNode): string {
  const t = words.use();
  const say = usePick();
  const { kindOf, events } = useFacts();
  const channels = useChannels();
  const kind = kindOf(node);
  const root: KindSchema = kind ? schemaOf(kind) : {};
  const segment = useSegmentName(typeof node.config["segment_id"] === "number" ? node.config["segment_id"] : null);
  const eventWord = (value: unknown) => {
    const type = (value as { event?: string } | undefined)?.event;
    const known = events.find((one) => one.type === type);
    return known ? say(known.title) : (type ?? "");
  };
  const partWord = (name: string, value: unknown): string => {
    const part = root.properties?.[name] ?? {};
    const time = TIMES.find((one) => one === name);
    if (time) return Number(value) > 0 ? t(time, { n: Number(value) }) : "";
    switch (shapeOf(name, part, root)) {
      case "segment":
        return segment;
      case "event":
        return eventWord(value);
      case "rule":
        return t("conditionsN", { n: asked(value) });
      case "share":
        return format.percent(Number(value));
      case "time":
        return t("untilTime", { at: String(value).slice(0, 5) });
      case "list":
        return listed(value).map(itemWord).join(" / ");
      default:
        return plainWord(name, opened(part, root).title, value);
    }
  };
  if (saysMessage(root)) {
    const said = saidOf(node.config);
    const channel = channels.data?.find((one) => one.key === said.channel);
    return [channel ? say(channel.title) : "", said.body.replace(/\s+/g, " ")].filter(Boolean).join(" · ").slice(0, SHOWN);
  }
  const order = Object.keys(root.properties ?? {});
  return order
    .filter((name) => node.config[name] !== undefined && node.config[name] !== null && node.config[name] !== "")
    .map((name) => partWord(name, node.config[name]))
    .filter(Boolean)
    .join(" · ");
}
