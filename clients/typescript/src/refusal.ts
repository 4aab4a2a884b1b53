// What a service answers where a key is refused: the same as `/v1/authorize` (docs/GATEWAYS.md).

import { ProblemError } from "./errors.js";
import type { RefusalCode, Refused } from "./verification.js";

/** A refusal as problem+json. */
export interface Refusal {
  status: 400 | 401 | 403 | 429 | 503;
  code: string;
  detail: string;
  endpoint?: string | null;
  headers?: Record<string, string>;
}

const STATUS: { [C in RefusalCode]: [status: 401 | 403 | 429, code: string, detail: string] } = {
  NOT_FOUND: [401, "ERR_INVALID_KEY", "There is no such API key."],
  PROVISIONING: [401, "ERR_KEY_PROVISIONING", "This key is being provisioned. Try again shortly."],
  INACTIVE: [401, "ERR_KEY_INACTIVE", "This key is disabled."],
  EXPIRED: [401, "ERR_KEY_EXPIRED", "This key has reached its end date."],
  FAILED: [401, "ERR_KEY_FAILED", "This key failed to provision and will never work."],
  SUSPENDED: [403, "ERR_CUSTOMER_SUSPENDED", "The customer of this key is suspended."],
  FORBIDDEN: [403, "ERR_NO_PERMISSION", "This key may not make this request."],
  ADDRESS_NOT_ALLOWED: [403, "ERR_ADDRESS_NOT_ALLOWED", "This key may not be used from this address."],
  RATE_LIMITED: [429, "ERR_TOO_MANY_REQUESTS", "This key has reached its rate limit. Try again later."],
};

const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  429: "Too Many Requests",
  503: "Service Unavailable",
};

export const KEY_MISSING: Refusal = {
  status: 401,
  code: "ERR_API_KEY_MISSING",
  detail: "Send an API key in the header Authorization: Bearer or X-Api-Key.",
};

export const TWO_KEYS: Refusal = {
  status: 400,
  code: "ERR_BAD_REQUEST",
  detail: "The request carries two different API keys.",
};

/** The refusal that a decision means. A code that this version does not know is refused like a missing permission. */
export function refusalOf(decision: Refused): Refusal {
  const [status, code, text] = STATUS[decision.code] ?? STATUS.FORBIDDEN;
  const { endpoint } = decision;
  const detail = code === "ERR_NO_PERMISSION" && endpoint ? `Access to ${endpoint} endpoint is denied for this key.` : text;
  const headers: Record<string, string> = {};
  if (decision.rateLimits) {
    headers["RateLimit"] = decision.rateLimits.limit;
    headers["RateLimit-Policy"] = decision.rateLimits.policy;
    if (decision.rateLimits.retryAfter !== null) headers["Retry-After"] = String(decision.rateLimits.retryAfter);
  }
  return { status, code, detail, endpoint, headers };
}

/** The refusal where there is no decision. Nothing is allowed without one. */
export function refusalWithoutDecision(error: unknown): Refusal {
  if (error instanceof ProblemError && (error.status === 400 || error.status === 413)) {
    return { status: 400, code: "ERR_BAD_REQUEST", detail: "The API key or the path cannot be checked." };
  }
  const retryAfter = error instanceof ProblemError && error.retryAfter !== null ? Math.ceil(error.retryAfter) : 1;
  return {
    status: 503,
    code: "ERR_UNAVAILABLE",
    detail: "API keys cannot be checked at present. Try again shortly.",
    headers: { "Retry-After": String(retryAfter) },
  };
}

/** The refusal as a response (RFC 9457). */
export function toResponse(refusal: Refusal): Response {
  const { status, code, detail, endpoint = null } = refusal;
  const headers = new Headers({
    "Content-Type": "application/problem+json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    ...refusal.headers,
  });
  if (status === 401) headers.set("WWW-Authenticate", "Bearer");
  const body = { type: "about:blank", title: TITLES[status], status, code, detail, endpoint };
  return new Response(JSON.stringify(body), { status, headers });
}

/** Whether a text looks like one of Latchkey's own tokens, as a JWT does not. */
const TOKEN_SHAPE = /^sk_(live|test)_[0-9A-Za-z]{36}$/;

/** Reads the key of a request from either header. Two different keys are refused, since one of them may be forged. */
export function readKey(authorization: string | undefined, apiKey: string | undefined): string | Refusal {
  const bearer = /^bearer (.*)$/i.exec(authorization?.trim() ?? "")?.[1]?.trim() ?? "";
  const key = apiKey?.trim() ?? "";
  if (key === "") return bearer === "" ? KEY_MISSING : bearer;
  // Beside an X-Api-Key, the API may use Authorization for tokens of its own.
  return bearer === key || !TOKEN_SHAPE.test(bearer) ? key : TWO_KEYS;
}
