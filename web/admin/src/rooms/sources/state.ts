import type { Connector, SourceRow, SourceStream } from "@/api/types";

/** How a source is, the worst of its streams first. */
export type State = "off" | "failing" | "retrying" | "history" | "waiting" | "good";

const FAILURES_THAT_COUNT = 3;

export function stateOf(source: SourceRow): State {
  if (!source.is_on) return "off";
  const failures = Math.max(0, ...source.streams.map((stream) => stream.failures));
  if (failures >= FAILURES_THAT_COUNT) return "failing";
  if (failures > 0) return "retrying";
  if (source.streams.some((stream) => historyOf(source, stream) !== null)) return "history";
  return source.streams.length === 0 && !source.message_at ? "waiting" : "good";
}

type Reading = Pick<SourceRow, "history_from" | "created_at">;

/** How much of a stream's past is read, 0 to 1; null once it was read up to its present. */
export function historyOf(source: Reading, stream: Pick<SourceStream, "read_to" | "succeeded_at">): number | null {
  if (stream.succeeded_at) return null;
  const [from, until] = [Date.parse(source.history_from), Date.parse(source.created_at)];
  if (!stream.read_to || until <= from) return 0;
  return Math.min(1, Math.max(0, (Date.parse(stream.read_to) - from) / (until - from)));
}

export type Lag = readonly ["none" | "days" | "hours" | "minutes", number];

/** How far a stream is behind, in the largest unit that fits; null = nothing was read yet. */
export function lagOf(stream: Pick<SourceStream, "read_to">, now: number): Lag | null {
  if (!stream.read_to) return null;
  const minutes = Math.floor((now - Date.parse(stream.read_to)) / 60_000);
  if (minutes < 2) return ["none", 0];
  if (minutes < 120) return ["minutes", minutes];
  return minutes < 2_880 ? ["hours", Math.floor(minutes / 60)] : ["days", Math.floor(minutes / 1_440)];
}

export const kinds = ["shops", "others", "own"] as const;
export type Kind = (typeof kinds)[number];

/** Where orders come from, what else is on a platform, and what needs no account there. */
export function kindOf(connector: Pick<Connector, "platform" | "streams">): Kind {
  if (!connector.platform) return "own";
  return connector.streams.some((stream) => stream.key === "orders") ? "shops" : "others";
}

const USUAL_DAYS = [0, 30, 90, 365, 730] as const;

/** How far back one may choose to read, given how far the platform lets one. */
export function historyChoices(connector: Pick<Connector, "streams">): number[] {
  const most = Math.min(1_100, Math.max(0, ...connector.streams.map((stream) => stream.history_days)));
  return [...new Set([...USUAL_DAYS.filter((days) => days <= most), most])];
}
