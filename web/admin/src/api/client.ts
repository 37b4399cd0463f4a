import createClient, { type Middleware } from "openapi-fetch";
import { currentLang } from "@/ui/i18n";
import { asProblem, Problem } from "./problem";
import type { paths } from "./schema";

const BRAND = "regulars.brand";

function storedBrand(): string {
  return typeof window === "undefined" ? "" : (window.localStorage.getItem(BRAND) ?? "");
}

/** Look at another brand from now on; everything shown belongs to the old one, so the page starts anew. */
export function chooseBrand(id: number): void {
  window.localStorage.setItem(BRAND, String(id));
  window.location.assign("/");
}

/** Set once the session is known: the token that writes carry, and the brand that is looked at. */
export const session = { csrf: "", brandId: storedBrand() };

const headers: Middleware = {
  onRequest({ request }) {
    request.headers.set("Accept-Language", currentLang() === "zh" ? "zh-CN" : "en");
    if (session.brandId) request.headers.set("X-Brand-Id", session.brandId);
    if (session.csrf && request.method !== "GET") request.headers.set("X-CSRF-Token", session.csrf);
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(headers);

/** Where a file is downloaded from: a link carries no headers, so the brand and the reader's language stand in it. */
export function fileAt(path: string, asked: Readonly<Record<string, string | number | undefined>> = {}): string {
  const query = Object.entries({ ...asked, brand_id: session.brandId, lang: currentLang() }).filter(([, value]) => value !== undefined);
  return `${path}?${new URLSearchParams(query.map(([key, value]) => [key, String(value)]))}`;
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The body of an answer, or the Problem it brought. */
export async function ask<T>(pending: Promise<Answer<T>>): Promise<NonNullable<T>> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch {
    throw new Problem(0, {});
  }
  if (!answer.response.ok) throw asProblem(answer.response.status, answer.error);
  return answer.data as NonNullable<T>;
}
