// What a gateway that is configured as in docs/GATEWAYS.md does with the answers of Latchkey.

import { type Kind, KINDS, expect, test } from "./gateway.ts";
import { type Answer, type Header } from "./gateway-client.ts";
import { CHAT, IMAGE, answerWithoutGateway, bearer, latchkeyHeaders, onlyQuestion, onlySeen, originalRequest, workingKey } from "./gateway-journeys.ts";
import { keyNamed } from "./journeys.ts";

for (const kind of KINDS) {
  test.describe(kind, () => {
    test.use({ kind });

    test("an allowed request reaches the API, which learns which key it has but not the token", async ({ gateway, server }) => {
      const token = await workingKey(server, "Shop & Söhne", "--endpoint", "image", "--expires", "90d");
      const { id } = keyNamed(server, "Shop & Söhne");
      const answer = await gateway.send({
        method: "POST",
        target: `${IMAGE}?size=2&size=../3`,
        headers: [bearer(token), ["X-Api-Key", token], ["X-Own", "kept"], ["Cookie", "a=b"]],
        body: "hello",
      });
      expect(answer.status).toBe(200);
      const seen = onlySeen(gateway);
      expect(seen).toMatchObject({ method: "POST", url: `${IMAGE}?size=2&size=../3`, body: "hello" });
      expect(latchkeyHeaders(seen)).toEqual({
        "x-latchkey-key-id": id,
        "x-latchkey-key-name": "Shop%20%26%20S%C3%B6hne",
        "x-latchkey-environment": "default",
        "x-latchkey-endpoint": "image",
        "x-latchkey-bias-profile": "",
        "x-latchkey-key-expires": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
        "x-latchkey-customer": "",
      });
      expect(seen.headers).toMatchObject({ "host": ["api.example.com"], "x-own": ["kept"], "cookie": ["a=b"] });
      expect(JSON.stringify(seen)).not.toContain(token);
      expect(Object.keys({ ...seen.headers, ...answer.headers }).filter((name) => name.startsWith("ratelimit")), "a key without limits").toEqual([]);

      const question = onlyQuestion(gateway);
      expect(question.headers).toMatchObject({ authorization: `Bearer ${token}`, "x-api-key": token });
      expect(question.headers["cookie"]).toBeUndefined();
      expect(originalRequest(question)).toEqual({ method: "POST", uri: `${IMAGE}?size=2&size=../3` });
    });

    test("the longest name of a key reaches the API", async ({ gateway, server }) => {
      const name = "🐈".repeat(100);
      const answer = await gateway.send({ target: IMAGE, headers: [bearer(await workingKey(server, name))] });
      expect(answer.status).toBe(200);
      expect(decodeURIComponent(latchkeyHeaders(onlySeen(gateway))["x-latchkey-key-name"] ?? "")).toBe(name);
    });

    test("a refusal of Latchkey reaches the client unchanged, and the request does not reach the API", async ({ gateway, server }) => {
      const image = await workingKey(server, "Image", "--endpoint", "image");
      const chat = await workingKey(server, "Chat", "--endpoint", "chat");
      const disabled = await workingKey(server, "Disabled");
      const deleted = await workingKey(server, "Deleted");
      server.run(["key", "disable", keyNamed(server, "Disabled").id]);
      server.run(["key", "delete", keyNamed(server, "Deleted").id]);
      await expect.poll(() => answerWithoutGateway(server, "GET", IMAGE, [bearer(disabled)])).toMatchObject({ body: { code: "ERR_KEY_INACTIVE" } });
      await expect.poll(() => answerWithoutGateway(server, "GET", IMAGE, [bearer(deleted)])).toMatchObject({ body: { code: "ERR_INVALID_KEY" } });
      const mistyped = `${image.slice(0, -1)}${image.endsWith("0") ? "1" : "0"}`;

      const cases: [status: number, code: string, target: string, headers: Header[]][] = [
        [401, "ERR_API_KEY_MISSING", IMAGE, []],
        [401, "ERR_API_KEY_MISSING", IMAGE, [["Authorization", "Basic YTpi"]]],
        [401, "ERR_API_KEY_MISSING", `${IMAGE}?api_key=${image}&key=${image}&access_token=${image}`, []],
        [401, "ERR_INVALID_KEY", IMAGE, [bearer("nonsense")]],
        [401, "ERR_INVALID_KEY", IMAGE, [bearer(mistyped)]],
        [401, "ERR_INVALID_KEY", IMAGE, [["x-API-key", deleted]]],
        [401, "ERR_KEY_INACTIVE", IMAGE, [bearer(disabled)]],
        [403, "ERR_NO_PERMISSION", CHAT, [bearer(image)]],
        [403, "ERR_NO_PERMISSION", IMAGE, [["X-Api-Key", chat]]],
        [403, "ERR_NO_PERMISSION", "/admin", [bearer(image)]],
        [403, "ERR_NO_PERMISSION", "/", [bearer(image)]],
        [400, "ERR_BAD_REQUEST", IMAGE, [bearer(image), ["X-Api-Key", chat]]],
      ];
      let questions = 0;
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        for (const [status, code, target, headers] of cases) {
          const body = ["POST", "PUT", "PATCH"].includes(method) ? "hello" : undefined;
          const answer = await gateway.send({ method, target, headers, ...(body === undefined ? {} : { body }) });
          const latchkey = await answerWithoutGateway(server, method, target, headers);
          const { "content-type": type, "www-authenticate": challenge, "cache-control": cache } = answer.headers;
          const [withBody, asLatchkeySaid] = [method !== "HEAD", JSON.stringify(latchkey.body)];
          const got = { status: answer.status, code: latchkey.body.code, type, challenge, cache, body: withBody ? JSON.stringify(JSON.parse(answer.body)) : answer.body };
          expect(got, `${method} ${target} ${code}`).toEqual({
            status,
            code,
            // Envoy sends no content type without a body.
            type: withBody || kind !== "Envoy" ? "application/problem+json" : undefined,
            challenge: status === 401 ? "Bearer" : undefined,
            cache: "no-store",
            body: withBody ? asLatchkeySaid : "",
          });
          questions += 1;
        }
      }
      expect(gateway.upstream.seen).toEqual([]);
      expect(gateway.tap.questions(), "one question for each request").toHaveLength(questions);
    });

    test("a method that the endpoint does not have is refused", async ({ gateway, server }) => {
      const token = await workingKey(server, "All");
      for (const method of ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "get", "Get", "GETX", "PROPFIND", "CONNECT"]) {
        const answer = await gateway.send({ method, target: IMAGE, headers: [bearer(token)] });
        expect(answer.status, method).toBeGreaterThanOrEqual(400);
        // 501: Traefik knows no CONNECT.
        if (answer.status !== 501) expect(answer.status, method).toBeLessThan(500);
      }
      expect(gateway.upstream.seen).toEqual([]);
    });

    test("a large body reaches the API completely, and Latchkey gets no part of it", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const body = "large body ".repeat(500_000);
      const whole = await gateway.send({ method: "POST", target: IMAGE, headers: [bearer(token)], body });
      expect(whole.status).toBe(200);
      const size = 0xffff;
      const chunks = Array.from({ length: Math.ceil(body.length / size) }, (_, at) => body.slice(at * size, (at + 1) * size));
      const chunked = await gateway.send({
        method: "POST",
        target: IMAGE,
        headers: [bearer(token), ["Transfer-Encoding", "chunked"]],
        body: `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("")}0\r\n\r\n`,
      });
      expect(chunked.status).toBe(200);
      expect(gateway.upstream.seen.map((seen) => seen.body === body)).toEqual([true, true]);

      const refused = await gateway.send({ method: "POST", target: CHAT, headers: [bearer(token)], body });
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.body)).toMatchObject({ code: "ERR_NO_PERMISSION", endpoint: "chat" });
      expect(gateway.upstream.seen).toHaveLength(2);
      expect(gateway.tap.received).not.toContain("large body");
      for (const { headers } of gateway.tap.questions()) {
        expect(headers["content-length"] ?? "0").toBe("0");
        expect(headers["transfer-encoding"]).toBeUndefined();
      }
    });

    test("answers of the API itself stay unchanged", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      for (const status of [201, 301, 400, 401, 403, 404, 429, 500, 502, 503]) {
        const answer = await gateway.send({ target: `${IMAGE}?status=${status}`, headers: [bearer(token)] });
        expect(answer.status).toBe(status);
        expect(JSON.parse(answer.body)).toMatchObject({ url: `${IMAGE}?status=${status}` });
      }
    });

    test("questions share connections", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      for (let at = 0; at < 20; at += 1) {
        const answer = await gateway.send({ target: IMAGE, headers: at % 2 === 0 ? [bearer(token)] : [] });
        expect(answer.status).toBe(at % 2 === 0 ? 200 : 401);
      }
      expect(gateway.tap.questions()).toHaveLength(20);
      expect(gateway.tap.connections).toBeLessThan(4);
    });

    test("a key that is disabled or deleted is refused a moment later", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const { id } = keyNamed(server, "Image");
      const ask = async () => {
        const { status, body } = await gateway.send({ target: IMAGE, headers: [bearer(token)] });
        return status === 200 ? "allowed" : `${status} ${(JSON.parse(body) as { code: string }).code}`;
      };
      expect(await ask()).toBe("allowed");
      for (const [verb, outcome] of [["disable", "401 ERR_KEY_INACTIVE"], ["enable", "allowed"], ["delete", "401 ERR_INVALID_KEY"]] as const) {
        server.run(["key", verb, id]);
        await expect.poll(ask, { timeout: 5_000, intervals: [50] }).toBe(outcome);
      }
    });

    test("without Latchkey no request reaches the API, and with it all requests work again", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const ask = () => gateway.send({ target: IMAGE, headers: [bearer(token)] });
      expect((await ask()).status).toBe(200);
      gateway.upstream.seen.length = 0;

      await server.stop();
      for (let at = 0; at < 3; at += 1) expectClosed(kind, await ask());
      await server.start();
      expect((await ask()).status).toBe(200);
      gateway.upstream.seen.length = 0;

      // Latchkey accepts the question and never answers. Traefik waits 30 seconds, which cannot be configured.
      if (kind !== "Traefik") {
        gateway.tap.silent = true;
        expectClosed(kind, await ask());
        gateway.tap.silent = false;
        gateway.upstream.seen.length = 0;
        expect((await ask()).status).toBe(200);
        gateway.upstream.seen.length = 0;
      }

      // Latchkey is not running.
      gateway.tap.stop();
      expectClosed(kind, await ask());
      expect(gateway.upstream.seen).toEqual([]);
    });

    test("if Latchkey answers that it cannot decide, the client learns it", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const body = '{"type":"about:blank","title":"Service Unavailable","status":503,"code":"ERR_UNAVAILABLE","detail":"Loading."}';
      const head = `HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 7\r\nContent-Length: ${body.length}`;
      gateway.tap.instead = `${head}\r\n\r\n${body}`;
      for (const method of ["GET", "POST"]) {
        const answer = await gateway.send({ method, target: IMAGE, headers: [bearer(token)] });
        expect(answer.status).toBe(503);
        // Envoy treats any 5xx as a failure, and answers 503 itself.
        if (kind === "Envoy") continue;
        expect(answer.headers).toMatchObject({ "content-type": "application/problem+json", "retry-after": "7" });
        expect(answer.body).toBe(body);
      }
      expect(gateway.upstream.seen).toEqual([]);
    });

    test("only a clear permission lets a request through", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const statuses = [100, 101, 300, 302, 304, 404, 405, 408, 413, 418, 431, 500, 502, 504, 599, 999];
      const odd = statuses.map((status) => `HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`);
      for (const instead of [...odd, "HTTP/1.1 200\r\nContent-Le", "200 OK\r\n\r\n", "\x16\x03\x01\x02", ""]) {
        gateway.tap.instead = instead;
        await gateway.send({ target: IMAGE, headers: [bearer(token)] });
        expect(gateway.upstream.seen, JSON.stringify(instead)).toEqual([]);
      }
    });

    test("a key over its limit gets 429 and the time to wait, and earlier answers say how much is left", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image", "--limit-minute", "2");
      const ask = (method: string) => gateway.send({ method, target: IMAGE, headers: [bearer(token), ["RateLimit", "forged;r=1"], ["RateLimit-Policy", "forged"]] });
      for (const left of [1, 0]) {
        const allowed = await ask("POST");
        expect(allowed.status).toBe(200);
        // For an allowed request, Traefik passes no header of Latchkey on to the client.
        if (kind === "Traefik") continue;
        expect(allowed.headers["ratelimit"]).toMatch(new RegExp(`^"minute";r=${left};t=\\d+$`));
        expect(allowed.headers["ratelimit-policy"]).toBe('"minute";q=2;w=60');
      }
      for (const method of ["GET", "POST", "GET"]) {
        const refused = await ask(method);
        expect(refused.status, method).toBe(429);
        expect(refused.headers["retry-after"], method).toMatch(/^[1-9]\d?$/);
        expect(refused.headers["ratelimit"], method).toMatch(/^"minute";r=0;t=\d+$/);
        expect(refused.headers["ratelimit-policy"], method).toBe('"minute";q=2;w=60');
        expect(refused.headers["content-type"], method).toBe("application/problem+json");
        expect(JSON.parse(refused.body)).toMatchObject({ status: 429, code: "ERR_TOO_MANY_REQUESTS" });
      }
      expect(gateway.upstream.seen).toHaveLength(2);
      for (const seen of gateway.upstream.seen) expect(JSON.stringify(seen)).not.toContain(`"minute`);
    });
  });
}

function expectClosed(kind: Kind, answer: Answer): void {
  if (kind === "nginx") {
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ "content-type": "application/problem+json", "retry-after": "1" });
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: "ERR_UNAVAILABLE" });
    return;
  }
  const statuses = { "Caddy of Debian": [502, 504], "Caddy": [502, 504], "Traefik": [500], "Envoy": [503] };
  expect(statuses[kind]).toContain(answer.status);
}
