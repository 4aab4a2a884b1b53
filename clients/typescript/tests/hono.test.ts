// The middleware, in front of a service that tells what it was called with.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Latchkey, type Refused, type Verifier } from "@latchkey/client";
import { latchkey, type LatchkeyEnv, type MiddlewareOptions } from "@latchkey/client/hono";
import { Hono } from "hono";

import { Line } from "./line.js";
import { Server } from "./server.js";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.remove());

/** Sends a POST to the chat endpoint of a service with the middleware. Fails if the service saw a request that was refused. */
async function chat(
  headers: Record<string, string>,
  { verifier = server.client() as Verifier, path = "/api/v1/chat/completions", ...options }: Options = {},
): Promise<Response> {
  let seen = false;
  const app = new Hono<LatchkeyEnv>();
  app.use(latchkey(verifier, options));
  app.all("*", (context) => {
    seen = true;
    return context.json(context.get("latchkey"));
  });
  const answer = await app.request(path, { method: "POST", headers });
  assert.equal(seen, answer.status === 200);
  return answer;
}

type Options = MiddlewareOptions & { verifier?: Verifier; path?: string };

async function assertProblem(answer: Response, status: number, code: string): Promise<Record<string, unknown>> {
  const problem = (await answer.json()) as Record<string, unknown>;
  assert.deepEqual([answer.status, problem["status"], problem["code"]], [status, status, code]);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(answer.headers.get("www-authenticate"), status === 401 ? "Bearer" : null);
  return problem;
}

test("a valid key passes, in either header, and the handler knows it", async () => {
  const key = await server.key({ endpoints: ["chat"] });
  for (const headers of [{ authorization: `bearer ${key.token}` }, { "x-api-key": key.token }]) {
    const answer = await chat(headers);
    assert.equal(answer.status, 200);
    const decision = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([decision["keyId"], decision["endpoint"]], [key.id, "chat"]);
  }
});

test("no key, and one that is no key, are 401", async () => {
  await assertProblem(await chat({}), 401, "ERR_API_KEY_MISSING");
  await assertProblem(await chat({}, { path: "/api/v1/chat/completions?api_key=x" }), 401, "ERR_API_KEY_MISSING");
  await assertProblem(await chat({ "x-api-key": "nonsense" }), 401, "ERR_INVALID_KEY");
});

test("two different keys are 400, but a token of the API's own beside a key is none", async () => {
  const { token } = await server.key();
  const other = await server.key();
  const two = { authorization: `Bearer ${other.token}`, "x-api-key": token };
  await assertProblem(await chat(two), 400, "ERR_BAD_REQUEST");
  assert.equal((await chat({ authorization: "Bearer eyJh.eyJz.c2ln", "x-api-key": token })).status, 200);
  assert.equal((await chat({ authorization: `Bearer ${token}`, "x-api-key": token })).status, 200);
});

test("a key that is disabled is 401", async () => {
  const key = await server.key();
  await server.client().request("PATCH", "/manage/v1/keys/{id}", { path: { id: key.id }, body: { status: "inactive" } });
  await assertProblem(await chat({ "x-api-key": key.token }), 401, "ERR_KEY_INACTIVE");
});

test("another endpoint is 403", async () => {
  const { token } = await server.key({ endpoints: ["image"] });
  const problem = await assertProblem(await chat({ "x-api-key": token }), 403, "ERR_NO_PERMISSION");
  assert.equal(problem["detail"], "Access to chat endpoint is denied for this key.");
  assert.equal(problem["endpoint"], "chat");
  assert.equal((await chat({ "x-api-key": token }, { endpoint: "image" })).status, 200);
});

test("a path is judged as it came in", async () => {
  const { token } = await server.key();
  for (const path of ["/api/v1/img/..%2f..%2fadmin", "/api/v1/img/%61", "/api/v1/img//x"]) {
    await assertProblem(await chat({ "x-api-key": token }, { path }), 403, "ERR_NO_PERMISSION");
  }
  assert.equal((await chat({ "x-api-key": token }, { path: "/api/v1/img/caf%C3%A9?x=/..%2f" })).status, 200);
});

test("another address is 403", async () => {
  const { token } = await server.key({ allowedAddresses: ["203.0.113.0/24"] });
  const from = (address?: string) => ({ clientAddress: () => address });
  assert.equal((await chat({ "x-api-key": token }, from("203.0.113.9"))).status, 200);
  await assertProblem(await chat({ "x-api-key": token }, from("198.51.100.9")), 403, "ERR_ADDRESS_NOT_ALLOWED");
  await assertProblem(await chat({ "x-api-key": token }), 403, "ERR_ADDRESS_NOT_ALLOWED");
});

test("over a limit is 429, and every answer says what is left", async () => {
  const { token } = await server.key({ rateLimit: { day: 1 } });
  const allowed = await chat({ "x-api-key": token });
  assert.equal(allowed.status, 200);
  assert.match(allowed.headers.get("ratelimit") ?? "", /^"day";r=0;/);
  assert.equal(allowed.headers.get("ratelimit-policy"), '"day";q=1;w=86400');
  assert.equal(allowed.headers.get("retry-after"), null);
  const refused = await chat({ "x-api-key": token });
  await assertProblem(refused, 429, "ERR_TOO_MANY_REQUESTS");
  assert.match(refused.headers.get("ratelimit") ?? "", /^"day";r=0;/);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
});

test("without a verifier nothing passes", async () => {
  const away = new Latchkey({ url: "http://127.0.0.1:9" });
  const answer = await chat({ "x-api-key": "x" }, { verifier: away });
  await assertProblem(answer, 503, "ERR_UNAVAILABLE");
  assert.equal(answer.headers.get("retry-after"), "1");

  for (const status of [200, 404, 500, 503]) {
    const line = await Line.script({ status, headers: { "retry-after": "2" } });
    const strange = new Latchkey({ url: line.url, verifyRetries: { tries: 1 } });
    await assertProblem(await chat({ "x-api-key": "x" }, { verifier: strange }), 503, "ERR_UNAVAILABLE");
    line.close();
  }
});

test("a key that cannot be asked about is 400", async () => {
  await assertProblem(await chat({ "x-api-key": "x".repeat(20_000) }), 400, "ERR_BAD_REQUEST");
});

test("a suspended customer is 403, and a code of a later version is refused", async () => {
  const decides = (code: string): Verifier => ({
    verify: async () => ({ valid: false, code, endpoint: null, rateLimits: null }) as unknown as Refused,
  });
  await assertProblem(await chat({ "x-api-key": "x" }, { verifier: decides("SUSPENDED") }), 403, "ERR_CUSTOMER_SUSPENDED");
  await assertProblem(await chat({ "x-api-key": "x" }, { verifier: decides("LATER") }), 403, "ERR_NO_PERMISSION");
});
