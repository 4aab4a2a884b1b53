// Long, late and streamed answers of the API, and refusals by the gateways themselves. The gateways are configured as in
// docs/GATEWAYS.md.

import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gateway, KINDS, expect, test } from "./gateway.ts";
import { answers, exchange, written } from "./gateway-client.ts";
import { IMAGE, bearer, onlySeen, workingKey } from "./gateway-journeys.ts";

/** Longer than the 15 seconds after which Envoy ends an answer by default. */
const SILENCE_MS = 16_000;

/** A token that belongs to the API itself: a JWT. */
const OWN_TOKEN = "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtYXJhIn0.c2lnbmF0dXJl";

/** The change that docs/GATEWAYS.md recommends for an API that has its own tokens. */
const PASS_AUTHORIZATION_ON = {
  "nginx": { '        proxy_set_header Authorization "";\n': "" },
  "Caddy of Debian": { "\t\t\theader_up -Authorization\n": "" },
  "Caddy": { "\t\t\theader_up -Authorization\n": "" },
  "Traefik": { '          Authorization: ""\n': "" },
  "Envoy": { "request_headers_to_remove: [authorization, x-api-key]": "request_headers_to_remove: [x-api-key]" },
};

for (const kind of KINDS) {
  test.describe(kind, () => {
    test.use({ kind, changes: PASS_AUTHORIZATION_ON[kind] });

    test("a token of the API itself reaches it beside the key if the configuration passes it on", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      // This is the answer of Latchkey if the bearer value beside the key does not have the form of a token.
      gateway.tap.instead = "HTTP/1.1 200 OK\r\nX-Latchkey-Key-Id: key_1\r\nContent-Length: 0\r\n\r\n";
      const answer = await gateway.send({ target: IMAGE, headers: [["Authorization", OWN_TOKEN], ["X-Api-Key", token]] });
      expect(answer.status).toBe(200);
      expect(onlySeen(gateway).headers).toMatchObject({ "authorization": [OWN_TOKEN], "x-latchkey-key-id": ["key_1"] });
      expect(JSON.stringify(gateway.upstream.seen)).not.toContain(token);
      const [question] = gateway.tap.questions();
      expect(question?.headers).toMatchObject({ "authorization": OWN_TOKEN, "x-api-key": token });
    });
  });

  test.describe(kind, () => {
    test.use({ kind });

    test("a streamed answer reaches the client piece by piece", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      for (const target of [`${IMAGE}?pieces`, `${IMAGE}?pieces=plain`]) {
        gateway.upstream.hold();
        // The API does not send the last piece before the client has the first one.
        const bytes = await exchange(gateway, written({ method: "POST", target, headers: [bearer(token)], body: "{}" }), {
          onData: (soFar) => {
            if (soFar.includes("first piece")) gateway.upstream.release();
          },
        });
        const [answer] = answers(bytes, ["POST"]);
        expect(answer, target).toMatchObject({ status: 200, body: "first piece\nlast piece\n" });
      }
    });

    test("a client may name the port in Host", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      for (const host of ["api.example.com:443", `api.example.com:${gateway.port}`, "API.example.com"]) {
        const { status } = await gateway.send({ target: IMAGE, headers: [["Host", host], bearer(token)] });
        expect(status, host).toBe(200);
      }
    });
  });
}

test.describe("all gateways", () => {
  test("an answer may begin after a long silence", async ({ server }) => {
    test.slow();
    const token = await workingKey(server, "Image", "--endpoint", "image");
    const gateways = await Promise.all(KINDS.map((kind) => Gateway.start(kind, server.url)));
    try {
      // The time must pass in the gateways, so the test must wait.
      const late = setTimeout(() => gateways.forEach((gateway) => gateway.upstream.release()), SILENCE_MS);
      const statuses = await Promise.all(gateways.map(async (gateway) => [gateway.kind, (await gateway.send({ target: `${IMAGE}?silent`, headers: [bearer(token)] })).status]));
      clearTimeout(late);
      expect(statuses).toEqual(KINDS.map((kind) => [kind, 200]));
    } finally {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
    }
  });
});

// The other gateways have no such limit. The ten minutes are shortened to one second, so that the test can see the limit.
for (const [kind, changes] of [["nginx", { "proxy_read_timeout 10m;": "proxy_read_timeout 1s;" }], ["Envoy", { "idle_timeout: 600s": "idle_timeout: 1s" }]] as const) {
  test.describe(kind, () => {
    test.use({ kind, changes });

    test("a silent answer is ended after the configured time, and not before", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      expect((await gateway.send({ target: `${IMAGE}?silent`, headers: [bearer(token)] })).status).toBe(504);
    });
  });
}

test.describe("nginx", () => {
  const TOO_LARGE = "large body ".repeat(1_000_000);

  test.describe("with a larger body in a location", () => {
    test.use({ kind: "nginx", changes: { "client_max_body_size 10m;": "client_max_body_size 12m;" } });

    test("it is accepted, and without a key it is still refused", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const request = { method: "POST", target: IMAGE, body: TOO_LARGE };
      expect((await gateway.send({ ...request, headers: [bearer(token)] })).status).toBe(200);
      expect(onlySeen(gateway).body.length).toBe(TOO_LARGE.length);
      const refused = await gateway.send(request);
      expect(refused.status).toBe(401);
      expect(JSON.parse(refused.body)).toMatchObject({ code: "ERR_API_KEY_MISSING" });
      // With two different keys, Latchkey answers with a status that auth_request does not know.
      const odd = await gateway.send({ ...request, headers: [bearer(token), ["X-Api-Key", `${token.slice(0, -1)}_`]] });
      expect([400, 401]).toContain(odd.status);
      expect(odd.headers["content-type"]).toBe("application/problem+json");
    });
  });

  test.describe("refuses requests by itself", () => {
    test.use({ kind: "nginx", changes: { "client_max_body_size 10m;": "client_max_body_size 10m; deny 127.0.0.66;" } });

    test("its refusals differ from those of Latchkey, and from the answer while Latchkey is silent", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const request = { method: "POST", target: IMAGE, headers: [bearer(token)] };
      const own = async (status: number, answer: Promise<{ status: number; headers: Record<string, string>; body: string }>) => {
        const { headers, body, ...rest } = await answer;
        expect(rest.status).toBe(status);
        expect(headers["content-type"]).toBe("text/html");
        expect(headers["retry-after"]).toBeUndefined();
        expect(body).toContain("nginx");
        expect(gateway.upstream.seen).toEqual([]);
      };
      await own(413, gateway.send({ ...request, body: TOO_LARGE }));
      await own(403, gateway.send({ ...request, from: "127.0.0.66", body: "hello" }));
      expect(gateway.tap.questions(), "Latchkey is not asked about these").toHaveLength(0);

      // A file replaces the folder for bodies, so that storing a body fails as on a full disk.
      renameSync(join(gateway.folder, "client_body"), join(gateway.folder, "client_body_elsewhere"));
      writeFileSync(join(gateway.folder, "client_body"), "");
      await own(500, gateway.send({ ...request, body: TOO_LARGE.slice(0, 1_000_000) }));
      expect(gateway.tap.questions(), "Latchkey allowed this request").toHaveLength(1);

      expect((await gateway.send({ ...request, headers: [] })).status).toBe(401);
      gateway.tap.stop();
      const silent = await gateway.send(request);
      expect(silent.status).toBe(503);
      expect(JSON.parse(silent.body)).toMatchObject({ code: "ERR_UNAVAILABLE" });
    });
  });
});
