// Middleware for Hono: every request needs a valid key.

import type { Context, MiddlewareHandler } from "hono";

import { readKey, refusalOf, refusalWithoutDecision, toResponse } from "./refusal.js";
import type { Valid, Verification, Verifier } from "./verification.js";

/** What handlers find: `context.get("latchkey")`. */
export interface LatchkeyEnv {
  Variables: { latchkey: Valid };
}

export interface MiddlewareOptions {
  /** The endpoint that the requests belong to. Without it, Latchkey finds the endpoint by method and path. */
  endpoint?: string;
  /**
   * The client's address, for keys that may be used from certain addresses only. Without it, such keys are refused. Read it from
   * the connection, or from a header that your own proxy overwrites; anybody can write `X-Forwarded-For`.
   */
  clientAddress?: (context: Context) => string | undefined;
}

/**
 * Asks Latchkey about every request before the handlers see it. Reads the key from `Authorization: Bearer` or `X-Api-Key`. Refuses
 * as `/v1/authorize` does, and with 503 where Latchkey gives no answer.
 */
export function latchkey(verifier: Verifier, options: MiddlewareOptions = {}): MiddlewareHandler<LatchkeyEnv> {
  return async (context, next) => {
    const key = readKey(context.req.header("authorization"), context.req.header("x-api-key"));
    if (typeof key !== "string") return toResponse(key);
    const target =
      options.endpoint === undefined
        ? { method: context.req.method, path: rawPath(context.req.url) }
        : { endpoint: options.endpoint };
    let decision: Verification;
    try {
      decision = await verifier.verify({ ...target, key, ip: options.clientAddress?.(context) });
    } catch (error) {
      return toResponse(refusalWithoutDecision(error));
    }
    if (!decision.valid) return toResponse(refusalOf(decision));
    context.set("latchkey", decision);
    await next();
    if (decision.rateLimits) {
      context.header("RateLimit", decision.rateLimits.limit);
      context.header("RateLimit-Policy", decision.rateLimits.policy);
    }
    return;
  };
}

/** The path as it came in: `context.req.path` is decoded already, and Latchkey refuses what servers decode in different ways. */
function rawPath(url: string): string {
  const begin = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.slice(begin).search(/[?#]/);
  return end < 0 ? url.slice(begin) : url.slice(begin, begin + end);
}
