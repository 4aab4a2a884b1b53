// Helpers for the tests of the gateways.

import { type Gateway, expect } from "./gateway.ts";
import { type Header } from "./gateway-client.ts";
import { type Question, type Seen } from "./gateway-upstream.ts";
import { mintKey, verify } from "./journeys.ts";
import type { Server } from "./server.ts";

export const IMAGE = "/api/v1/img/cat.png";
export const CHAT = "/api/v1/chat/completions";

/** The names of the headers from Latchkey that the API receives. */
export const LATCHKEY_HEADERS = ["key-id", "key-name", "environment", "endpoint", "bias-profile", "key-expires", "customer"].map((name) => `x-latchkey-${name}`);

export const bearer = (token: string): Header => ["Authorization", `Bearer ${token}`];

/** Creates a key, and waits until the running server has it in memory. */
export async function workingKey(server: Server, name: string, ...more: string[]): Promise<string> {
  const token = mintKey(server, name, ...more);
  // No key has this endpoint, so the request does not count towards a limit.
  await expect.poll(() => verify(server, token, "none")).toBe("FORBIDDEN");
  return token;
}

export function onlySeen(gateway: Gateway): Seen {
  const [seen, ...more] = gateway.upstream.seen;
  expect(more).toEqual([]);
  if (!seen) throw new Error("the API saw nothing");
  return seen;
}

export function onlyQuestion(gateway: Gateway): Question {
  const [question, ...more] = gateway.tap.questions();
  expect(more).toEqual([]);
  if (!question) throw new Error("Latchkey was not asked");
  return question;
}

/** The spellings that CGI, PHP, WSGI, Rack and others read as this name. */
export function aliases(name: string): string[] {
  const between = ["_", ".", "!", "#", "$", "%", "&", "'", "*", "+", "^", "`", "|", "~"];
  const words = name.split("-");
  const mixed = words.slice(1).reduce((text, word, at) => `${text}${["-", ".", "_", "~"][at % 4]}${word}`, words[0] ?? "");
  return [...between.map((one) => words.join(one)), mixed, words.join(".").toUpperCase(), `${words.slice(0, -1).join("-")}.${words.at(-1)}`];
}

/**
 * The headers that the API believes to come from Latchkey: every header that it could read as one of the six, with any characters
 * between the words. A missing header and an empty header mean the same to the API.
 */
export function latchkeyHeaders(seen: Seen): Record<string, string> {
  const found = Object.fromEntries(LATCHKEY_HEADERS.map((name) => [name, ""]));
  for (const [name, values] of Object.entries(seen.headers)) {
    const read = name.replaceAll(/[^a-z0-9]/g, "-");
    if (read.includes("latchkey")) found[read] = [found[read], ...values].filter(Boolean).join(", ");
  }
  return found;
}

/** The original request that a question describes: in one of the two pairs of headers, or by its method and the path at its end. */
export function originalRequest({ method, url, headers }: Question): { method: string | undefined; uri: string | undefined } {
  const appended = url.slice("/v1/authorize".length).replace(/^\?$/, "");
  expect(url).toMatch(/^\/v1\/authorize(\?$|\/|$)/);
  const pairs = [["x-original-method", "x-original-uri"], ["x-forwarded-method", "x-forwarded-uri"]] as const;
  const [pair, ...more] = pairs.filter((names) => names.some((name) => name in headers));
  expect(more).toEqual([]);
  if (appended !== "") {
    expect(pair).toBeUndefined();
    return { method, uri: appended };
  }
  return { method: headers[pair?.[0] ?? ""], uri: headers[pair?.[1] ?? ""] };
}

/** The answer that Latchkey gives without a gateway. */
export async function answerWithoutGateway(server: Server, method: string, uri: string, headers: readonly Header[]): Promise<{ status: number; body: { code?: string } }> {
  const pair: [string, string][] = [["X-Original-Method", method], ["X-Original-URI", uri]];
  const answer = await fetch(`${server.url}/v1/authorize`, { headers: [...pair, ...headers.map(([name, value]): [string, string] => [name, value])] });
  return { status: answer.status, body: JSON.parse((await answer.text()) || "{}") as { code?: string } };
}
