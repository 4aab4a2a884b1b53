// What can go wrong: an answer that refuses, or none at all.

/** Every error that this package throws by itself. */
export class LatchkeyError extends Error {
  override name = "LatchkeyError";
}

/** What is wrong with one field of a request. */
export interface FieldError {
  field: string;
  message: string;
}

/** The server refused a request (RFC 9457). `code` is stable; docs/API.md lists them all. */
export class ProblemError extends LatchkeyError {
  override name = "ProblemError";
  readonly status: number;
  /** Such as `ERR_INVALID`; `ERR_UNEXPECTED_ANSWER` where the answer did not come from Latchkey. */
  readonly code: string;
  /** One sentence for people. */
  readonly detail: string;
  /** What is wrong in which field; empty where the problem is not about fields. */
  readonly errors: FieldError[];
  /** Seconds after which it is worth trying again, where the server says so. */
  readonly retryAfter: number | null;
  /** The request's ID in the server's log. */
  readonly requestId: string | null;

  constructor(status: number, headers: Headers, text: string) {
    const problem = readProblem(status, headers, text);
    super(`${problem.code} (${status}): ${problem.detail}`);
    this.status = status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.errors = problem.errors;
    this.retryAfter = readRetryAfter(headers, Date.now());
    this.requestId = headers.get("x-request-id");
  }
}

/** There was no answer: no connection, or none in time. The cause is in `cause`. */
export class ConnectionError extends LatchkeyError {
  override name = "ConnectionError";
}

function readProblem(status: number, headers: Headers, text: string) {
  const unexpected = {
    code: "ERR_UNEXPECTED_ANSWER",
    detail: `The answer with status ${status} is not one of Latchkey's.`,
    errors: [],
  };
  if (!headers.get("content-type")?.startsWith("application/problem+json")) return unexpected;
  const problem = parse(text);
  if (typeof problem?.["code"] !== "string" || typeof problem["detail"] !== "string") return unexpected;
  const errors = Array.isArray(problem["errors"]) ? problem["errors"].filter(isFieldError) : [];
  return { code: problem["code"], detail: problem["detail"], errors };
}

function isFieldError(value: unknown): value is FieldError {
  const { field, message } = (value ?? {}) as Partial<FieldError>;
  return typeof field === "string" && typeof message === "string";
}

/** The JSON object in a text; `undefined` where it is anything else. */
export function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Reads Retry-After (RFC 9110, section 10.2.3): seconds, or a date. */
export function readRetryAfter(headers: Headers, now: number): number | null {
  const text = headers.get("retry-after")?.trim();
  if (!text) return null;
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, (at - now) / 1000);
}
