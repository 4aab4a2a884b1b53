// When a request is sent again, against a server that answers by a script.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionError, Latchkey, ProblemError, type RetryPolicy } from "@latchkey/client";

import { Line } from "./line.js";

const KEY = { name: "Shop", environment: "default" };
const PATH = { path: { id: "key_8fQ2nLw0Zz" } };

function client(line: Line, retries: Partial<RetryPolicy> = {}): Latchkey {
  return new Latchkey({ url: line.url, token: "lkm_scripted", retries, verifyRetries: retries });
}

async function withLine(line: Promise<Line>, use: (line: Line) => Promise<void>): Promise<void> {
  const opened = await line;
  try {
    await use(opened);
  } finally {
    opened.close();
  }
}

test("a 429 is waited for as long as it says, and has one Idempotency-Key", () =>
  withLine(Line.script({ status: 429, headers: { "retry-after": "1" } }, { status: 201 }), async (line) => {
    await client(line).createKey(KEY);
    const [first, second] = line.requests;
    assert.ok(first && second && line.requests.length === 2);
    assert.ok(second.at - first.at >= 1000, `${second.at - first.at} ms`);
    assert.match(String(first.headers["idempotency-key"]), /^[\da-f-]{36}$/);
    assert.equal(first.headers["idempotency-key"], second.headers["idempotency-key"]);
  }));

test("Retry-After may be a date", () => {
  const at = new Date(Date.now() + 2000).toUTCString();
  return withLine(Line.script({ status: 503, headers: { "retry-after": at } }, { status: 200 }), async (line) => {
    await client(line).request("GET", "/manage/v1/nodes");
    assert.ok(Date.now() >= Date.parse(at));
  });
});

test("a wait beyond the time left is not begun", () =>
  withLine(Line.script({ status: 429, headers: { "retry-after": "3600" } }), async (line) => {
    const begun = performance.now();
    await assert.rejects(client(line).createKey(KEY), (error) => {
      assert.ok(error instanceof ProblemError);
      assert.deepEqual([error.status, error.retryAfter], [429, 3600]);
      return true;
    });
    assert.ok(performance.now() - begun < 900);
    assert.equal(line.requests.length, 1);
  }));

test("tries have an end", () =>
  withLine(Line.script({ status: 503 }), async (line) => {
    await assert.rejects(client(line, { tries: 3 }).createKey(KEY), ProblemError);
    assert.equal(line.requests.length, 3);
  }));

test("a POST is sent again after a broken connection", () =>
  withLine(Line.script({}, { status: 503 }, { status: 201 }), async (line) => {
    await client(line).createKey(KEY);
    assert.equal(new Set(line.requests.map((request) => request.headers["idempotency-key"])).size, 1);
    assert.equal(line.requests.length, 3);
  }));

test("a PATCH and a DELETE are sent again only where nothing was done", async () => {
  await withLine(Line.script({ status: 503 }), async (line) => {
    await assert.rejects(client(line).request("PATCH", "/manage/v1/keys/{id}", { ...PATH, body: {} }), ProblemError);
    assert.equal(line.requests.length, 1);
    await assert.rejects(client(line).request("DELETE", "/manage/v1/keys/{id}", PATH), ProblemError);
    assert.equal(line.requests.length, 2);
  });
  await withLine(Line.script({ status: 429 }, { status: 204 }), async (line) => {
    await client(line).request("DELETE", "/manage/v1/keys/{id}", PATH);
    assert.equal(line.requests.length, 2);
    assert.equal(line.requests[0]?.headers["idempotency-key"], undefined);
  });
});

test("other refusals are final", () =>
  withLine(Line.script({ status: 409 }), async (line) => {
    await assert.rejects(client(line).createKey(KEY), ProblemError);
    assert.equal(line.requests.length, 1);
  }));

test("a server that never answers is left after a while", () =>
  withLine(Line.silent(), async (line) => {
    const begun = performance.now();
    const impatient = client(line, { timeoutMs: 100, tries: 2 });
    await assert.rejects(impatient.verify({ key: "x", endpoint: "chat" }), (error) => {
      assert.ok(error instanceof ConnectionError);
      assert.match(error.message, /within 100 ms/);
      return true;
    });
    assert.equal(line.requests.length, 2);
    assert.ok(performance.now() - begun < 1500);
  }));

test("a caller can end a request and its waits", () =>
  withLine(Line.script({ status: 503, headers: { "retry-after": "5" } }), async (line) => {
    const signal = AbortSignal.timeout(100);
    await assert.rejects(client(line).request("GET", "/manage/v1/nodes", { signal }), { name: "TimeoutError" });
    assert.equal(line.requests.length, 1);
  }));

test("a redirect is not followed, since the token is for one address", () =>
  withLine(Line.script({ status: 307, headers: { location: "/elsewhere" } }), async (line) => {
    await assert.rejects(client(line).request("GET", "/manage/v1/nodes"), /ERR_UNEXPECTED_ANSWER/);
    assert.equal(line.requests.length, 1);
  }));

test("an answer that is no decision allows nothing", async () => {
  for (const body of [{}, [], "VALID", { valid: true }, { valid: true, code: "NOT_FOUND" }, { valid: "yes", code: "VALID" }]) {
    await withLine(Line.script({ status: 200, body }), async (line) => {
      await assert.rejects(client(line).verify({ key: "x", endpoint: "chat" }), /ERR_UNEXPECTED_ANSWER/);
    });
  }
});
