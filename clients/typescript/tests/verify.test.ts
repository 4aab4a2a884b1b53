// What `verify` says about keys of a real server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { ConnectionError, Latchkey, ProblemError, type Verification } from "@latchkey/client";

import { Server } from "./server.js";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.remove());

const UNKNOWN = "sk_live_7Gq2mXv0RkTzLw9BnYd4Hs1PfUe8Jc0CFrPB";

test("a valid key is told with all that belongs to it", async () => {
  const profile = await server.client().request("POST", "/manage/v1/profiles", {
    body: {
      name: "Strict",
      categories: [{ category: "gender", on: true, threshold: 30, action: "block" }],
    },
  });
  const key = await server.key({ endpoints: ["chat"], biasProfile: profile.data.id });
  const decision = await server.client().verify({ key: key.token, endpoint: "chat" });
  assert.deepEqual(decision, {
    valid: true,
    code: "VALID",
    keyId: key.id,
    name: "Shop",
    environment: "default",
    endpoint: "chat",
    expiresAt: null,
    biasProfile: {
      id: profile.data.id,
      name: "Strict",
      version: 1,
      categories: [{ category: "gender", threshold: 30, action: "block" }],
    },
    rateLimits: null,
  } satisfies Verification);
});

test("a key's metadata comes along", async () => {
  const metadata = { plan: "pro", seats: [1, { nested: null }] };
  const { token: key } = await server.key({ metadata });
  assert.deepEqual((await server.client().verify({ key, endpoint: "chat" })).metadata, metadata);
});

test("a method and a path stand for an endpoint", async () => {
  const { token: key } = await server.key({ endpoints: ["chat"] });
  const client = new Latchkey({ url: server.url });
  const chat = await client.verify({ key, method: "POST", path: "/api/v1/chat/completions" });
  assert.equal(chat.endpoint, "chat");
  const image = await client.verify({ key, method: "GET", path: "/api/v1/img/x" });
  assert.deepEqual([image.valid, image.code, image.endpoint], [false, "FORBIDDEN", "image"]);
  const nothing = await client.verify({ key, method: "GET", path: "/api/v1/img/..%2fchat" });
  assert.deepEqual([nothing.valid, nothing.code, nothing.endpoint], [false, "FORBIDDEN", null]);
});

test("an unknown key and one that was deleted are the same", async () => {
  const key = await server.key();
  await server.client().request("DELETE", "/manage/v1/keys/{id}", { path: { id: key.id } });
  for (const token of [UNKNOWN, "nonsense", key.token]) {
    const decision = await server.client().verify({ key: token, endpoint: "chat" });
    assert.deepEqual([decision.valid, decision.code, decision.keyId], [false, "NOT_FOUND", null]);
  }
});

test("a key that was disabled is refused from the answer on", async () => {
  const key = await server.key();
  const path = { id: key.id };
  const { change } = await server.client().request("PATCH", "/manage/v1/keys/{id}", { path, body: { status: "inactive" } });
  assert.ok(change !== null && change > 0);
  const decision = await server.client().verify({ key: key.token, endpoint: "chat", minChange: change });
  assert.equal(decision.code, "INACTIVE");
  assert.equal(decision.keyId, key.id);
});

test("a key ends", async () => {
  const expiresAt = new Date(Date.now() + 1500).toISOString();
  const key = await server.key({ expiresAt });
  await sleep(Date.parse(expiresAt) - Date.now() + 100);
  assert.equal((await server.client().verify({ key: key.token, endpoint: "chat" })).code, "EXPIRED");
});

test("an address decides where it matters", async () => {
  const { token: key } = await server.key({ allowedAddresses: ["203.0.113.0/24"] });
  const from = async (ip?: string) => (await server.client().verify({ key, endpoint: "chat", ip })).code;
  assert.deepEqual(
    [await from("203.0.113.7"), await from("198.51.100.1"), await from()],
    ["VALID", "ADDRESS_NOT_ALLOWED", "ADDRESS_NOT_ALLOWED"],
  );
});

test("limits come along, and a limit refuses", async () => {
  const { token: key } = await server.key({ rateLimit: { day: 1 } });
  const first = await server.client().verify({ key, endpoint: "chat" });
  assert.equal(first.code, "VALID");
  assert.match(first.rateLimits?.limit ?? "", /^"day";r=0;t=\d+$/);
  assert.equal(first.rateLimits?.policy, '"day";q=1;w=86400');
  assert.equal(first.rateLimits?.retryAfter, null);
  const second = await server.client().verify({ key, endpoint: "chat" });
  assert.equal(second.code, "RATE_LIMITED");
  assert.ok((second.rateLimits?.retryAfter ?? 0) > 0);
});

test("a key in provisioning is not valid yet", async () => {
  const slow = await Server.start({ LATCHKEY_PROVISIONING_MIN: "60s" });
  try {
    const { data: key } = await slow.client().createKey({ name: "Shop", environment: "default" });
    assert.equal((await slow.client().verify({ key: key.token, endpoint: "chat" })).code, "PROVISIONING");
  } finally {
    slow.remove();
  }
});

test("there is no decision without the change that must be known", async () => {
  const client = server.client({ verifyRetries: { tries: 1 } });
  await assert.rejects(client.verify({ key: UNKNOWN, endpoint: "chat", minChange: 1_000_000 }), (error) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.status, error.code, error.retryAfter], [503, "ERR_BEHIND", 1]);
    return true;
  });
});

test("a malformed question is an error", async () => {
  await assert.rejects(server.client().verify({ key: UNKNOWN, endpoint: "chat", ip: "nobody" }), (error) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.status, error.code], [400, "ERR_BAD_REQUEST"]);
    return true;
  });
});

test("a verifier that is away is an error", async () => {
  const client = new Latchkey({ url: "http://127.0.0.1:9" });
  await assert.rejects(client.verify({ key: UNKNOWN, endpoint: "chat" }), ConnectionError);
});
