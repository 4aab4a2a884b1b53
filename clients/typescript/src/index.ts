// Latchkey's client: verifies API keys, and calls the management API.

export { type Answer, Latchkey, type LatchkeyOptions, type RequestSettings, type VerifySettings } from "./client.js";
export { ConnectionError, type FieldError, LatchkeyError, ProblemError } from "./errors.js";
export type { Body, Data, Item, ListPath, Method, PathOf, RequestOptions } from "./operations.js";
export type { RetryPolicy } from "./retry.js";
export type { components, operations, paths } from "./schema.js";
export type {
  BiasProfile,
  Code,
  Customer,
  KnownKey,
  Question,
  RateLimits,
  RefusalCode,
  Refused,
  Target,
  Valid,
  Verification,
  Verifier,
} from "./verification.js";
