// The web variant: <script async src="https://.../sdk/regulars.js" data-key="..."></script>

import { Client, type Fields, type Ports } from "./core";

type Call = [keyof Client, ...unknown[]];
type Before = Call[] | undefined;

const PREFIX = "regulars.";

/** Storage may be forbidden, full or absent: then what is kept lasts as long as the page. */
const memory: Record<string, string> = {};
const storage = <T>(work: (kept: Storage) => T, otherwise: () => T): T => {
  try {
    return work(localStorage);
  } catch {
    return otherwise();
  }
};

const random = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const context = (): Fields => ({
  page: { path: location.pathname, url: location.href, title: document.title, referrer: document.referrer },
  locale: navigator.language,
});

const ports = (address: string): Ports => ({
  load: (name) => storage((kept) => kept.getItem(PREFIX + name), () => memory[name] ?? null),
  save: (name, value) => {
    memory[name] = value;
    storage((kept) => kept.setItem(PREFIX + name, value), () => undefined);
  },
  drop: (name) => {
    memory[name] = "";
    storage((kept) => kept.removeItem(PREFIX + name), () => undefined);
  },
  // Plain text and no credentials: a "simple" request, for which no browser asks beforehand.
  post: (body) =>
    fetch(address, { method: "POST", body, mode: "cors", credentials: "omit", headers: { "Content-Type": "text/plain" } })
      .then((answer) => answer.status),
  last: (body) => navigator.sendBeacon(address, body),
  later: (ms, work) => void setTimeout(work, ms),
  now: () => Date.now(),
  random,
  context,
});

const start = (script: HTMLScriptElement): void => {
  const key = script.dataset["key"];
  if (!key) return;
  const client = new Client(ports(new URL(`/hooks/sources/${key}`, script.src).href), script.dataset["consent"] !== "ask");
  const place = globalThis as unknown as { regulars: Before | Client };
  const before = place.regulars as Before;
  const call = ([name, ...given]: Call): void => (client[name] as (...rest: unknown[]) => void)(...given);
  place.regulars = Object.assign(client, { push: call });
  if (Array.isArray(before)) before.forEach(call);
  if (script.dataset["page"] !== "off") client.page();
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && client.leave());
  addEventListener("pagehide", () => client.leave());
};

if (document.currentScript instanceof HTMLScriptElement) start(document.currentScript);
