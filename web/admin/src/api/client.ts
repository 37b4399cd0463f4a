import createClient, { type Middleware } from "openapi-fetch";
import { asProblem, Problem } from "./problem";
import type { paths } from "./schema";

/** Set once the session is known: the token that writes carry, and the brand that is looked at. */
export const session = { csrf: "", brandId: "" };

const headers: Middleware = {
  onRequest({ request }) {
    if (session.brandId) request.headers.set("X-Brand-Id", session.brandId);
    if (session.csrf && request.method !== "GET") request.headers.set("X-CSRF-Token", session.csrf);
    return request;
  },
};

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(headers);

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
