// The management API of a real server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect } from "node:util";

import { Latchkey, LatchkeyError, ProblemError } from "@latchkey/client";

import { Line } from "./line.js";
import { Server } from "./server.js";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.remove());

/** How many keys have names that begin so. */
async function count(search: string): Promise<number> {
  let number = 0;
  for await (const _ of server.client().list("/manage/v1/keys", { query: { search } })) number += 1;
  return number;
}

test("a key is created, read, changed, rotated and deleted", async () => {
  const client = server.client();
  const created = await client.createKey({ name: "Mara", environment: "default", endpoints: ["chat"] });
  assert.equal(created.status, 201);
  assert.match(created.data.token, /^sk_live_/);
  const path = { id: created.data.id };

  const read = await client.request("GET", "/manage/v1/keys/{id}", { path });
  assert.equal(read.data.name, "Mara");
  assert.ok(read.etag);

  const edited = await client.request("PATCH", "/manage/v1/keys/{id}", { path, body: { name: "Mara Ott" }, ifMatch: read.etag });
  assert.equal(edited.data.name, "Mara Ott");
  assert.ok((edited.change ?? 0) > (created.change ?? Infinity));

  const stale = client.request("DELETE", "/manage/v1/keys/{id}", { path, ifMatch: read.etag });
  await assert.rejects(stale, (error) => error instanceof ProblemError && error.code === "ERR_PRECONDITION_FAILED");

  const rotated = await client.rotateKey(created.data.id, "now");
  assert.notEqual(rotated.data.token, created.data.token);

  const deleted = await client.request("DELETE", "/manage/v1/keys/{id}", { path });
  assert.deepEqual([deleted.status, deleted.data], [204, undefined]);
  const gone = client.request("GET", "/manage/v1/keys/{id}", { path });
  await assert.rejects(gone, (error) => error instanceof ProblemError && error.status === 404);
});

test("a list goes on over its pages", async () => {
  const client = server.client();
  for (let number = 0; number < 5; number += 1) await client.createKey({ name: `Page ${number}`, environment: "default" });
  const names: string[] = [];
  const query = { search: "Page", sort: "name", limit: 2 };
  for await (const key of client.list("/manage/v1/keys", { query })) names.push(key.name);
  assert.deepEqual(names, ["Page 0", "Page 1", "Page 2", "Page 3", "Page 4"]);
});

test("a filter with several values is sent with all of them", async () => {
  const client = server.client();
  await client.createKey({ name: "Filter", environment: "default" });
  const query = { search: "Filter", status: ["active", "provisioning"] };
  assert.equal((await client.request("GET", "/manage/v1/keys", { query })).data.data.length, 1);
});

test("an error names the fields", async () => {
  await assert.rejects(server.client().createKey({ name: "", environment: "default" }), (error) => {
    assert.ok(error instanceof ProblemError && error instanceof LatchkeyError);
    assert.deepEqual([error.status, error.code], [422, "ERR_INVALID"]);
    assert.deepEqual(error.errors, [{ field: "name", message: "Give the key a name." }]);
    assert.ok(error.requestId);
    return true;
  });
});

test("a wrong token is an error, and no token is one before anything is sent", async () => {
  const wrong = server.client({ token: "lkm_nonsense" });
  await assert.rejects(wrong.request("GET", "/manage/v1/nodes"), (error) => error instanceof ProblemError && error.status === 401);
  const without = new Latchkey({ url: server.url });
  await assert.rejects(without.request("GET", "/manage/v1/nodes"), /needs the token of a service account/);
});

test("a key whose answer was lost is created once", async () => {
  const line = await Line.losing(2, server.url);
  try {
    const { data } = await server.client({ url: line.url }).createKey({ name: "Lost", environment: "default" });
    assert.equal(line.requests.length, 3);
    assert.equal(new Set(line.requests.map((request) => request.headers["idempotency-key"])).size, 1);
    assert.equal(await count("Lost"), 1);
    const { data: stored } = await server.client().request("GET", "/manage/v1/keys/{id}", { path: { id: data.id } });
    assert.equal(stored.name, "Lost");
  } finally {
    line.close();
  }
});

test("two calls create two keys, unless they have one Idempotency-Key", async () => {
  const client = server.client();
  const key = { name: "Twice", environment: "default" };
  await client.createKey(key);
  await client.createKey(key);
  assert.equal(await count("Twice"), 2);
  const settings = { idempotencyKey: crypto.randomUUID() };
  const first = await client.createKey(key, settings);
  const second = await client.createKey(key, settings);
  assert.equal(first.data.token, second.data.token);
  assert.equal(await count("Twice"), 3);
});

test("a receipt is a text", async () => {
  const client = server.client();
  const { change } = await client.createKey({ name: "Receipt", environment: "default" });
  const { data } = await client.request("GET", "/manage/v1/changes/{n}/receipt", { path: { n: change ?? 0 } });
  assert.match(data, /^[\w-]+\.[\w-]+\.[\w-]+$/);
});

test("a value cannot leave its place in the path", async () => {
  const client = server.client();
  for (const id of ["", ".", ".."]) {
    await assert.rejects(client.request("GET", "/manage/v1/keys/{id}", { path: { id } }), /cannot be the id/);
  }
  const nothing = client.request("GET", "/manage/v1/keys/{id}", { path: { id: "../nodes?x#y" } });
  await assert.rejects(nothing, (error) => error instanceof ProblemError && error.status === 404);
});

test("a printed client does not show its token", () => {
  assert.ok(!inspect(server.client(), { showHidden: true, depth: 5 }).includes(server.token));
});

test("an address that is none is refused", () => {
  for (const url of ["", "keys.example.com", "ftp://keys.example.com", "https://a:b@keys.example.com", "https://x/?y"]) {
    assert.throws(() => new Latchkey({ url }), LatchkeyError);
  }
});
