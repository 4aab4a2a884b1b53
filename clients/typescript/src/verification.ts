// The verifier's question and answer: `POST /v1/keys/verify`.

/** May this key be used for this? */
export type Question = Target & {
  /** The token that the client sent. */
  key: string;
  /** The client's address, for keys that may be used from certain addresses only. */
  ip?: string | undefined;
  /** The answer must know at least this change: the `change` of an earlier answer. */
  minChange?: number | undefined;
};

/** What the key is used for: an endpoint by its name, or a method and a path as they came in, without the query. */
export type Target =
  | { endpoint: string; method?: never; path?: never }
  | { endpoint?: never; method: string; path: string };

/** Why a key is refused. */
export type RefusalCode =
  | "NOT_FOUND"
  | "PROVISIONING"
  | "INACTIVE"
  | "EXPIRED"
  | "FAILED"
  | "SUSPENDED"
  | "FORBIDDEN"
  | "ADDRESS_NOT_ALLOWED"
  | "RATE_LIMITED";

export type Code = "VALID" | RefusalCode;

/** The decision. `valid` and `code` always say the same. */
export type Verification = Valid | Refused;

/** The key may be used. */
export interface Valid extends KnownKey {
  valid: true;
  code: "VALID";
}

/** The key may not be used. What belongs to the key is null where the key is not known. */
export interface Refused extends Nullable<KnownKey> {
  valid: false;
  code: RefusalCode;
}

type Nullable<T> = { [K in keyof T]: T[K] | null };

/** What the verifier tells about a key. */
export interface KnownKey {
  keyId: string;
  name: string;
  environment: string;
  /** The endpoint that the request belongs to. */
  endpoint: string;
  /** RFC 3339, in UTC. */
  expiresAt: string | null;
  biasProfile: BiasProfile | null;
  /** Whose key it is, where it belongs to a customer. */
  customer?: Customer;
  /** The key's own metadata, where it has any. */
  metadata?: Record<string, unknown>;
  /** What is left of the key's limits; null where it has none. */
  rateLimits: RateLimits | null;
}

/** Whose key it is, as your own system knows them. */
export interface Customer {
  id: string;
  externalId: string;
  name: string;
  metadata: Record<string, unknown> | null;
}

/** The bias profile of a key, in the version in force: only the categories that are on. */
export interface BiasProfile {
  id: string;
  name: string;
  version: number;
  categories: { category: string; threshold: number; action: string }[];
}

/** The headers about limits (draft-ietf-httpapi-ratelimit-headers), to be passed on to the client as they are. */
export interface RateLimits {
  /** `RateLimit`: what is left. */
  limit: string;
  /** `RateLimit-Policy`: what is allowed. */
  policy: string;
  /** Seconds until the key may be used again; null unless a limit refused it. */
  retryAfter: number | null;
}

/** Who answers questions: a `Latchkey`, or what stands in for it in a test. */
export interface Verifier {
  verify(question: Question): Promise<Verification>;
}
