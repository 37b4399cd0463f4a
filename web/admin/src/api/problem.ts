interface ProblemBody {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly hint?: string | null;
}

/** What the server says when it cannot: RFC 9457, with our code and hint. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly hint: string;

  constructor(status: number, body: ProblemBody) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.name = "Problem";
    this.status = status;
    this.title = body.title ?? "";
    this.code = body.code ?? "";
    this.hint = body.hint ?? "";
  }
}

export function asProblem(status: number, body: unknown): Problem {
  if (typeof body !== "object" || body === null) return new Problem(status, {});
  return new Problem(status, body as ProblemBody);
}
