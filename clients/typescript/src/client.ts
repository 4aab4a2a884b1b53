// The client: sends requests to the management API and questions to the verifier.

import { LatchkeyError, parse, ProblemError, readRetryAfter } from "./errors.js";
import type { Arguments, Body, Data, Item, ListPath, Method, PathOf, RequestOptions } from "./operations.js";
import { MANAGEMENT_RETRIES, type RawAnswer, type RetryPolicy, send, VERIFIER_RETRIES } from "./retry.js";
import type { components } from "./schema.js";
import type { Question, RateLimits, Verification, Verifier } from "./verification.js";

export interface LatchkeyOptions {
  /** Where Latchkey is, such as `https://keys.example.com`. */
  url: string;
  /** The token of a service account (`lkm_…`), for the management API. The verifier needs none. */
  token?: string | undefined;
  /** Where the verifier is, if it has an address of its own (`LATCHKEY_VERIFIER_ADDR`). */
  verifierUrl?: string | undefined;
  /** Changes how requests to the management API are repeated. */
  retries?: Partial<RetryPolicy>;
  /** Changes how questions to the verifier are repeated. */
  verifyRetries?: Partial<RetryPolicy>;
  /** Used in place of the global `fetch`. */
  fetch?: typeof fetch;
}

/** What any request may have besides what its operation needs. */
export interface RequestSettings {
  /** For a POST, in place of a random one. The same request with it makes nothing twice for 24 hours, also in another process. */
  idempotencyKey?: string | undefined;
  /** For a PATCH or DELETE: the `etag` of the object as you know it. Refused with 412 if it was changed meanwhile. */
  ifMatch?: string | undefined;
  /** Ends the request, and the waits between its tries. */
  signal?: AbortSignal | undefined;
}

export interface VerifySettings {
  /** Ends the question, and the wait before its second try. */
  signal?: AbortSignal | undefined;
}

/** What the management API answered. */
export interface Answer<T> {
  data: T;
  status: number;
  /** Identifies the object as it is; for `ifMatch`. */
  etag: string | null;
  /** The number of the change that was made; for `minChange`, and for `/manage/v1/changes/{n}/proof`. */
  change: number | null;
  headers: Headers;
}

type KeyWithToken = components["schemas"]["KeyWithToken"];

export class Latchkey implements Verifier {
  readonly #url: string;
  readonly #verifierUrl: string;
  // Private, so that it is not in what `console.log` prints of a client.
  readonly #token: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #retries: RetryPolicy;
  readonly #verifyRetries: RetryPolicy;

  constructor(options: LatchkeyOptions) {
    this.#url = checkedUrl(options.url);
    this.#verifierUrl = checkedUrl(options.verifierUrl ?? options.url);
    this.#token = options.token;
    this.#fetch = options.fetch ?? fetch;
    this.#retries = { ...MANAGEMENT_RETRIES, ...options.retries };
    this.#verifyRetries = { ...VERIFIER_RETRIES, ...options.verifyRetries };
  }

  /**
   * Asks whether a key may be used. Every decision is an answer, also a refusal. Throws where there is no decision: treat that as
   * a refusal.
   */
  async verify(question: Question, settings: VerifySettings = {}): Promise<Verification> {
    const { key, endpoint, method, path, ip, minChange } = question;
    const body = JSON.stringify({ key, endpoint, method, path, ip, minChange });
    const headers = new Headers({ "content-type": "application/json" });
    const url = `${this.#verifierUrl}/v1/keys/verify`;
    // To ask twice is the same as to ask once.
    const answer = await send(this.#verifyRetries, true, settings.signal, (signal) =>
      this.#once(url, { method: "POST", headers, body, signal }),
    );
    return readVerification(answer);
  }

  /**
   * Sends a request to the management API. `path` is as in the API's description, with its placeholders; `options.path` has
   * their values.
   */
  async request<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...[options]: Arguments<RequestOptions<M, P> & RequestSettings>
  ): Promise<Answer<Data<M, P>>> {
    return (await this.#send(method, path, (options ?? {}) as AnyOptions)) as Answer<Data<M, P>>;
  }

  /** All items of a list, page by page. `query` takes the list's filters. */
  async *list<P extends ListPath>(
    path: P,
    ...[options]: Arguments<RequestOptions<"GET", P> & RequestSettings>
  ): AsyncGenerator<Item<P>, void, undefined> {
    const given = (options ?? {}) as AnyOptions;
    let cursor: unknown = given.query?.["cursor"];
    do {
      const query = { ...given.query, cursor };
      const { data } = await this.#send("GET", path, { ...given, query });
      const page = data as { data: Item<P>[]; nextCursor?: string | null };
      yield* page.data;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Creates a key. Its token is in the answer, and never shown again. */
  createKey(key: Body<"POST", "/manage/v1/keys">, settings: RequestSettings = {}): Promise<Answer<KeyWithToken>> {
    return this.request("POST", "/manage/v1/keys", { body: key, ...settings });
  }

  /** Gives a key a new token. The old one works on for the time of grace. */
  rotateKey(
    id: string,
    grace: "now" | "1h" | "24h" | "7d",
    settings: RequestSettings = {},
  ): Promise<Answer<KeyWithToken>> {
    return this.request("POST", "/manage/v1/keys/{id}/rotate", { path: { id }, body: { grace }, ...settings });
  }

  async #send(method: Method, path: string, options: AnyOptions): Promise<Answer<unknown>> {
    if (this.#token === undefined) throw new LatchkeyError("The management API needs the token of a service account.");
    const headers = new Headers({ authorization: `Bearer ${this.#token}` });
    const init: RequestInit = { method, headers };
    if (options.body !== undefined) {
      headers.set("content-type", "application/json");
      init.body = JSON.stringify(options.body);
    }
    if (options.ifMatch !== undefined) headers.set("if-match", options.ifMatch);
    // One for all tries, so that a try whose answer was lost is not carried out again.
    if (method === "POST") headers.set("idempotency-key", options.idempotencyKey ?? crypto.randomUUID());
    const url = this.#url + fill(path, options.path ?? {}) + queryString(options.query ?? {});
    const isRepeatable = method === "GET" || method === "POST";
    const answer = await send(this.#retries, isRepeatable, options.signal, (signal) => this.#once(url, { ...init, signal }));
    return readAnswer(answer);
  }

  async #once(url: string, init: RequestInit): Promise<RawAnswer> {
    // A redirect is not followed: the token is for this address only.
    const send = this.#fetch;
    const response = await send(url, { ...init, redirect: "manual" });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

interface AnyOptions extends RequestSettings {
  path?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new LatchkeyError("`url` has to be an http or https address, such as https://keys.example.com.");
  }
  return url.href.replace(/\/+$/, "");
}

function fill(path: string, values: Record<string, unknown>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values[name] ?? "");
    // Neither can be sent as a segment: what parses the URL would resolve it.
    if (value === "" || value === "." || value === "..") throw new LatchkeyError(`“${value}” cannot be the ${name} in ${path}.`);
    return encodeURIComponent(value);
  });
}

function queryString(query: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) parameters.append(name, String(item));
    }
  }
  const text = parameters.toString();
  return text && `?${text}`;
}

function readAnswer({ status, headers, text }: RawAnswer): Answer<unknown> {
  const change = headers.get("latchkey-change");
  const isJson = headers.get("content-type")?.startsWith("application/json");
  const data = isJson ? parse(text) : text || undefined;
  if (isJson && data === undefined) throw new ProblemError(status, headers, "");
  return { data, status, etag: headers.get("etag"), change: change === null ? null : Number(change), headers };
}

/** Reads a decision. What is not one throws, so that nothing is allowed by mistake. */
function readVerification({ status, headers, text }: RawAnswer): Verification {
  const answer = parse(text);
  if (typeof answer?.["valid"] !== "boolean" || answer["valid"] !== (answer["code"] === "VALID")) {
    throw new ProblemError(status, headers, "");
  }
  return { ...answer, rateLimits: readRateLimits(headers) } as Verification;
}

function readRateLimits(headers: Headers): RateLimits | null {
  const [limit, policy] = [headers.get("ratelimit"), headers.get("ratelimit-policy")];
  return limit === null || policy === null ? null : { limit, policy, retryAfter: readRetryAfter(headers, Date.now()) };
}
