import type { Values } from "@/ui";
import { MESSAGE } from "../drawing/starting";
import type { Settings } from "../drawing/drawing";

/** A message and its limits, as the form of a campaign edits them. */
export interface Said {
  readonly channel: string;
  readonly config: Values;
  readonly title: string;
  readonly body: string;
  readonly link: string;
  readonly template: number | null;
  readonly priority: number;
  readonly quietFrom: string;
  readonly quietTo: string;
  readonly messages: number;
  readonly days: number;
}

interface Kept {
  readonly channel?: string;
  readonly config?: Values;
  readonly message?: { readonly title?: string; readonly body?: string; readonly link?: string } | null;
  readonly quiet?: { readonly start?: string; readonly end?: string } | null;
  readonly frequency?: { readonly messages?: number; readonly days?: number } | null;
  readonly priority?: number;
  readonly template_id?: number | null;
}

const text = (value: string | undefined): string => value ?? "";
const minute = (value: string | undefined, other: string): string => (value ?? other).slice(0, 5);

export function saidOf(settings: Settings): Said {
  const { channel, config, message, quiet, frequency, priority, template_id } = { ...MESSAGE, ...settings } as Kept;
  const { title, body, link } = message ?? {};
  return {
    channel: text(channel),
    config: config ?? {},
    title: text(title),
    body: text(body),
    link: text(link),
    template: template_id ?? null,
    priority: priority ?? 3,
    quietFrom: minute(quiet?.start, "21:00"),
    quietTo: minute(quiet?.end, "09:00"),
    messages: frequency?.messages ?? 2,
    days: frequency?.days ?? 7,
  };
}

/** The settings of a message node again; what is not of the form stays as it was. A service message has no limits. */
export function settingsOf(said: Said, before: Settings): Settings {
  const limits =
    before["purpose"] === "service"
      ? { quiet: null, frequency: null }
      : { quiet: { start: said.quietFrom, end: said.quietTo }, frequency: { messages: said.messages, days: said.days } };
  return {
    ...MESSAGE,
    ...before,
    ...limits,
    channel: said.channel,
    config: said.config,
    message: said.body.trim() || said.title.trim() || said.link.trim() ? { title: said.title, body: said.body, link: said.link.trim() } : null,
    priority: said.priority,
    template_id: said.template,
  };
}
