import type { Campaign, CampaignIn } from "@/api/types";
import type { Values } from "@/ui";

/** The form as it is edited; ids and texts may still be missing. */
export interface Draft {
  readonly name: string;
  readonly segment: number | null;
  readonly channel: string;
  readonly config: Values;
  readonly title: string;
  readonly body: string;
  readonly link: string;
  readonly template: number | null;
  readonly priority: number;
  readonly holdoutPercent: number;
  readonly quietFrom: string;
  readonly quietTo: string;
  readonly messages: number;
  readonly days: number;
  readonly windowDays: number;
  readonly replayOn: string | null;
}

/** What an operator would choose. */
export const blank = (segment: number | null): Draft => ({
  name: "",
  segment,
  channel: "log",
  config: {},
  title: "",
  body: "",
  link: "",
  template: null,
  priority: 3,
  holdoutPercent: 20,
  quietFrom: "21:00",
  quietTo: "09:00",
  messages: 2,
  days: 7,
  windowDays: 30,
  replayOn: null,
});

export function fromCampaign(campaign: Campaign): Draft {
  const given = campaign;
  const quiet = given.quiet_hours;
  const base = blank(given.segment.id);
  return {
    ...base,
    name: given.name,
    channel: given.channel.key,
    config: given.channel.config ?? {},
    title: given.message.title,
    body: given.message.body,
    link: given.message.link ?? "",
    template: given.template_id ?? null,
    priority: given.priority,
    holdoutPercent: given.holdout_bp / 100,
    quietFrom: quiet?.["from"] ?? base.quietFrom,
    quietTo: quiet?.["to"] ?? base.quietTo,
    messages: given.frequency?.messages ?? base.messages,
    days: given.frequency?.days ?? base.days,
    windowDays: given.window_days,
    replayOn: given.replay_on,
  };
}

export type Missing = "name" | "segment" | "body" | "config";

export function missing(draft: Draft): Missing[] {
  const wanted: [Missing, boolean][] = [
    ["name", draft.name.trim() !== ""],
    ["segment", draft.segment !== null],
    ["body", draft.body.trim() !== ""],
  ];
  return wanted.filter(([, given]) => !given).map(([key]) => key);
}

export function toBody(draft: Draft, config: Record<string, unknown>): CampaignIn {
  return {
    name: draft.name.trim(),
    segment_id: draft.segment ?? 0,
    channel: { key: draft.channel, config },
    message: { title: draft.title, body: draft.body, link: draft.link.trim() },
    template_id: draft.template,
    priority: draft.priority,
    holdout_bp: Math.round(draft.holdoutPercent * 100),
    purpose: "marketing",
    quiet_hours: { from: draft.quietFrom, to: draft.quietTo },
    frequency: { messages: draft.messages, days: draft.days },
    window_days: draft.windowDays,
    replay_on: draft.replayOn,
  } as CampaignIn;
}

/** How a group divides, before anyone is checked. */
export function split(people: number, holdoutPercent: number): { treated: number; held: number } {
  const held = Math.round((people * holdoutPercent) / 100);
  return { treated: people - held, held };
}
