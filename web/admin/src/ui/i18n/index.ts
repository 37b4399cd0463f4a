import { useSyncExternalStore } from "react";
import { fill, type Lang, type Params } from "./fill";

export type { Lang } from "./fill";
export type Words<Z> = { readonly [K in keyof Z]: string };
/** A text in both languages, as the server sends them. */
export interface Text {
  readonly zh: string;
  readonly en: string;
}

const KEY = "regulars.lang";
const listeners = new Set<() => void>();

function initial(): Lang {
  if (typeof window === "undefined") return "zh";
  const chosen = new URLSearchParams(window.location.search).get("lang") ?? window.localStorage.getItem(KEY);
  if (chosen === "zh" || chosen === "en") return chosen;
  return /^en\b/i.test(window.navigator.language) ? "en" : "zh";
}

let lang: Lang = initial();

export function currentLang(): Lang {
  return lang;
}

export function setLang(next: Lang): void {
  lang = next;
  window.localStorage.setItem(KEY, next);
  listeners.forEach((tell) => tell());
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export function useLang(): Lang {
  return useSyncExternalStore(subscribe, currentLang, currentLang);
}

/** The words of one room: typed keys, both languages complete, or it does not compile; a key from outside that has none is its own word. */
export function defineWords<Z extends Record<string, string>>(zh: Z, en: Words<Z>) {
  const say = (language: Lang) => (key: keyof Z & string, params?: Params) =>
    fill((language === "zh" ? zh : en)[key] ?? key, params);
  return { say, use: () => say(useLang()) };
}

/** Choose the language of a text that the server sent in both. */
export function usePick(): (text: Text) => string {
  const language = useLang();
  return (text) => text[language];
}
