// Clients that forge everything they can send their requests through the gateways of docs/GATEWAYS.md.

import { KINDS, expect, test } from "./gateway.ts";
import { type Header, answers, exchange, written } from "./gateway-client.ts";
import { CHAT, IMAGE, LATCHKEY_HEADERS, bearer, latchkeyHeaders, onlyQuestion, onlySeen, workingKey } from "./gateway-journeys.ts";
import { variables } from "./gateway-readings.ts";
import { keyNamed } from "./journeys.ts";

for (const kind of KINDS) {
  test.describe(kind, () => {
    test.use({ kind });

    test("no header that a client sends under a name of Latchkey reaches the API, in any spelling", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const { id } = keyNamed(server, "Image");
      const truth = { "x-latchkey-key-id": id, "x-latchkey-key-name": "Image", "x-latchkey-environment": "default", "x-latchkey-endpoint": "image", "x-latchkey-bias-profile": "", "x-latchkey-key-expires": "", "x-latchkey-customer": "" };
      const spellings: ((name: string) => Header[])[] = [
        (name) => [[name, "forged"]],
        (name) => [[name.toUpperCase(), "forged"]],
        (name) => [[name, "forged"], [name.replace("x-", "X-"), "forged again"]],
        (name) => [[name.replaceAll("-", "_"), "forged"]],
        (name) => [[name.replace("-", "_"), "forged"]],
        (name) => [[name.replace("key-", "key_").replace("bias-", "bias_"), "forged"]],
        (name) => [[name.replaceAll("-", "."), "forged"]],
        (name) => [[`${name} `, "forged"]],
        (name) => [["X-Own", `a\r\n ${name}: forged`]],
        (name) => [["X-Own", `a\r${name}: forged`]],
        (name) => [["X-Own", `a\n${name}: forged`]],
        (name) => [["Connection", `close, ${name}`]],
        (name) => [["Connection", "close"], ["Connection", name.toUpperCase()], [name, "forged"]],
        (name) => [["Connection", `${name.replaceAll("-", "_")}, close`], [name.replaceAll("-", "_"), "forged"]],
        (name) => [["TE", "trailers"], ["Trailer", name], ["Connection", "close, TE"]],
      ];
      let allowed = 0;
      for (const spell of spellings) {
        for (const forged of [...LATCHKEY_HEADERS.map((name) => spell(name)), LATCHKEY_HEADERS.flatMap((name) => spell(name))]) {
          gateway.upstream.seen.length = 0;
          const { status } = await gateway.send({ target: IMAGE, headers: [bearer(token), ...forged] });
          const what = JSON.stringify(forged);
          if (status === 200) {
            allowed += 1;
            expect(latchkeyHeaders(onlySeen(gateway)), what).toEqual(truth);
          } else {
            expect(status, what).toBe(400);
            expect(gateway.upstream.seen, what).toEqual([]);
          }
        }
      }
      expect(allowed).toBeGreaterThan(60);
    });

    test("trailers of a chunked request do not become headers", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const { id } = keyNamed(server, "Image");
      const { status } = await gateway.send({
        method: "POST",
        target: IMAGE,
        headers: [bearer(token), ["Transfer-Encoding", "chunked"], ["Trailer", "X-Latchkey-Key-Id"]],
        body: "5\r\nhello\r\n0\r\nX-Latchkey-Key-Id: forged\r\n\r\n",
      });
      expect(status).toBe(200);
      expect(latchkeyHeaders(onlySeen(gateway))["x-latchkey-key-id"]).toBe(id);
      expect(onlySeen(gateway).body).toBe("hello");
    });

    test("a forged description of the request never widens what a key may do", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const accounts: Header[][] = [
        [["X-Forwarded-Method", "GET"], ["X-Forwarded-Uri", IMAGE]],
        [["X-Original-Method", "GET"], ["X-Original-URI", IMAGE]],
        [["X-Forwarded-Method", "GET"], ["X-Forwarded-Uri", IMAGE], ["X-Original-Method", "GET"], ["X-Original-URI", IMAGE]],
        [["X-Forwarded-Uri", IMAGE]],
        [["X-Original-URI", IMAGE]],
        [["X-Original-URL", IMAGE], ["X-Rewrite-URL", IMAGE]],
        [["X-HTTP-Method-Override", "GET"], ["X-HTTP-Method", "GET"], ["X-Method-Override", "GET"]],
        [["X-Forwarded-Prefix", IMAGE], ["X-Forwarded-Path", IMAGE]],
        [["X-Forwarded-For", "127.0.0.1"], ["X-Real-IP", "127.0.0.1"], ["Forwarded", "for=127.0.0.1"]],
      ];
      const spellings: ((headers: Header[]) => Header[])[] = [
        (headers) => headers,
        (headers) => headers.map(([name, value]) => [name.toLowerCase(), value]),
        (headers) => headers.map(([name, value]) => [name.toUpperCase(), value]),
        (headers) => headers.map(([name, value]) => [name.replaceAll("-", "_"), value]),
        (headers) => headers.map(([name, value]) => [`${name} `, value]),
        (headers) => [...headers, ...headers],
        (headers) => [...headers, ["Connection", `close, ${headers.map(([name]) => name).join(", ")}`]],
        (headers) => [...headers, ["Connection", "close, X-Forwarded-Method, X-Forwarded-Uri, X-Original-Method, X-Original-URI"]],
      ];
      for (const account of accounts) {
        for (const spell of spellings) {
          const forged = spell(account);
          const what = JSON.stringify(forged);
          gateway.upstream.seen.length = 0;
          const refused = await gateway.send({ method: "POST", target: CHAT, headers: [bearer(token), ...forged] });
          expect([400, 403], what).toContain(refused.status);

          // An allowed request reaches the API without the forged headers.
          const { status } = await gateway.send({ method: "POST", target: IMAGE, headers: [bearer(token), ...forged] });
          const [seen, ...more] = gateway.upstream.seen.map(({ method, url }) => `${method} ${url}`);
          expect([status, seen, more], what).toEqual(status === 400 ? [400, undefined, []] : [200, `POST ${IMAGE}`, []]);
          const read = variables(gateway.upstream.seen[0]?.headers ?? {});
          const arrived = account.map(([name]) => name).filter((name) => {
            const values = read[`HTTP_${name.toUpperCase().replaceAll("-", "_")}`] ?? [];
            // These headers have only the gateway's own value.
            return ["X-Forwarded-For", "X-Real-IP"].includes(name) ? values.length > 1 : values.length > 0;
          });
          expect(arrived.filter((name) => name !== "X-Forwarded-Path"), what).toEqual([]);
        }
      }
      // A request is refused if it has no key, or if its key is in a header that the gateway drops.
      for (const headers of [[["Connection", "close, Authorization"], bearer(token)], [["Connection", "close, X-Api-Key"], ["X-Api-Key", token]]] satisfies Header[][]) {
        gateway.upstream.seen.length = 0;
        const { status } = await gateway.send({ target: IMAGE, headers });
        expect(gateway.upstream.seen).toHaveLength(status === 200 ? 1 : 0);
        expect(JSON.stringify(gateway.upstream.seen)).not.toContain(token);
      }
    });

    test("Latchkey and the API get the client address from the gateway, not from the client", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const forged: Header[] = [
        ["X-Forwarded-For", "10.9.9.9"],
        ["x-forwarded-for", "10.9.9.8, 10.9.9.7"],
        ["X_Forwarded_For", "10.9.9.6"],
        ["X.Forwarded.For", "10.9.9.3"],
        ["X.Real-IP", "10.9.9.2"],
        ["X-Real-IP", "10.9.9.5"],
        ["Forwarded", "for=10.9.9.4"],
      ];
      for (const more of [[], [["Connection", "close, X-Forwarded-For, X-Real-IP"]]] satisfies Header[][]) {
        gateway.upstream.seen.length = 0;
        gateway.tap.received = "";
        const headers = [bearer(token), ...forged, ...more];
        const { status } = await gateway.send({ target: IMAGE, headers, from: "127.0.0.7" });
        // Envoy refuses a client that lists X-Forwarded-For in Connection.
        if (kind === "Envoy" && more.length > 0) {
          expect(status).toBe(400);
          continue;
        }
        expect(status).toBe(200);
        expect(onlyQuestion(gateway).headers["x-forwarded-for"]).toBe("127.0.0.7");
        const seen = onlySeen(gateway);
        expect(seen.headers["x-forwarded-for"]).toEqual(["127.0.0.7"]);
        expect(JSON.stringify(seen)).not.toContain("10.9.9.");
      }
    });

    test("one request cannot be hidden in another", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const { id } = keyNamed(server, "Image");
      const hidden = `POST /api/bias/check-bias HTTP/1.1\r\nHost: api.example.com\r\nX-Latchkey-Key-Id: forged\r\nContent-Length: 0\r\n\r\n`;
      const chunks = `0\r\n\r\n${hidden}`;
      const open: Header = ["Connection", "keep-alive"];
      const bodies: [headers: Header[], body: string][] = [
        [[["Content-Length", String(chunks.length)], ["Transfer-Encoding", "chunked"]], chunks],
        [[["Transfer-Encoding", "chunked"], ["Content-Length", "4"]], `5c\r\n${hidden}\r\n0\r\n\r\n`],
        [[["Content-Length", "0"], ["Content-Length", String(hidden.length)]], hidden],
        [[["Content-Length", "0, 3"]], hidden],
        [[["Content-Length", "+0"]], hidden],
        [[["Content-Length", "0x0"]], hidden],
        [[["Transfer-Encoding", "xchunked"], ["Content-Length", "0"]], hidden],
        [[["Transfer-Encoding ", "chunked"], ["Content-Length", String(chunks.length)]], chunks],
        [[["Transfer-Encoding", "\tchunked"], ["Content-Length", String(chunks.length)]], chunks],
        [[["Transfer-Encoding", "chunked, identity"]], chunks],
        [[["Transfer-Encoding", "identity"], ["Content-Length", String(hidden.length)]], hidden],
        [[["Transfer-Encoding", "chunked"]], chunks],
        [[["Transfer-Encoding", "chunked"]], `0;a\n\n${hidden}`],
        [[["Expect", "100-continue"], ["Content-Length", String(hidden.length)]], hidden],
        [[["Upgrade", "h2c"], ["HTTP2-Settings", ""], ["Connection", "Upgrade, HTTP2-Settings"], ["Content-Length", "0"]], hidden],
        [[["Upgrade", "websocket"], ["Connection", "Upgrade"], ["Content-Length", "0"]], hidden],
        [[["Content-Length", "0"]], hidden],
      ];
      for (const [headers, body] of bodies) {
        gateway.upstream.seen.length = 0;
        const first = written({ method: "POST", target: IMAGE, headers: [bearer(token), ...(headers.some(([name]) => name === "Connection") ? [] : [open]), ...headers], body });
        const last = written({ target: IMAGE, headers: [["X-Last", "1"]] });
        await exchange(gateway, first + last);
        const what = JSON.stringify(headers);
        expect(gateway.upstream.seen.length, what).toBeLessThanOrEqual(1);
        for (const seen of gateway.upstream.seen) {
          expect(seen, what).toMatchObject({ method: "POST", url: IMAGE });
          expect(latchkeyHeaders(seen)["x-latchkey-key-id"], what).toBe(id);
        }
      }
    });

    test("no connection is switched to a protocol in which Latchkey would not be asked", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      // With unencrypted HTTP/2, a client could send any request to the API without a check by the gateway.
      const tunnelled = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
      const upgrades: Header[][] = [
        [["Upgrade", "h2c"], ["HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"], ["Connection", "Upgrade, HTTP2-Settings"]],
        [["Upgrade", "h2c"], ["Connection", "upgrade"]],
        [["upgrade", "H2C"], ["Connection", "Upgrade"], ["Connection", "HTTP2-Settings"]],
        [["Upgrade", "websocket"], ["Upgrade", "h2c"], ["Connection", "Upgrade"]],
        [["Upgrade", "websocket, h2c"], ["Connection", "Upgrade"]],
        [["Upgrade", "TLS/1.3"], ["Connection", "Upgrade"]],
      ];
      for (const headers of upgrades) {
        const text = written({ target: IMAGE, headers: [bearer(token), ...headers] }) + tunnelled;
        const bytes = await exchange(gateway, text);
        const what = JSON.stringify(headers);
        expect(bytes.toString("latin1"), what).not.toMatch(/^HTTP\/1.1 101/);
        expect(gateway.upstream.tunnelled, what).toBe("");
      }
    });

    test("the gateway asks about each request of one connection separately", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const open: Header = ["Connection", "keep-alive"];
      const text = [
        written({ target: IMAGE, headers: [bearer(token), open] }),
        written({ target: `${IMAGE}?second`, headers: [open] }),
        written({ method: "POST", target: CHAT, headers: [bearer(token), open], body: "hello" }),
        written({ method: "POST", target: `${IMAGE}?last`, headers: [bearer(token)], body: "hello" }),
      ].join("");
      const got = answers(await exchange(gateway, text), ["GET", "GET", "POST", "POST"]);
      expect(got.map(({ status }) => status)).toEqual([200, 401, 403, 200]);
      expect(gateway.upstream.seen.map(({ url, body }) => [url, body])).toEqual([[IMAGE, ""], [`${IMAGE}?last`, "hello"]]);
      expect(gateway.tap.questions()).toHaveLength(4);
    });

    test("a key with allowed addresses works only from these, and no header changes that", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image", "--allow-address", "127.0.0.16/28", "--allow-address", "127.0.0.9/32");
      const ask = (from: string, ...headers: Header[]) => gateway.send({ target: IMAGE, headers: [bearer(token), ...headers], from });
      for (const from of ["127.0.0.9", "127.0.0.16", "127.0.0.31"]) expect((await ask(from)).status, from).toBe(200);
      expect((await ask("127.0.0.9", ["X-Forwarded-For", "127.0.0.8"])).status).toBe(200);
      expect(gateway.upstream.seen).toHaveLength(4);

      const forgeries: Header[][] = [
        [],
        [["X-Forwarded-For", "127.0.0.9"]],
        [["X-Forwarded-For", "127.0.0.9, 127.0.0.1"], ["x-forwarded-for", "127.0.0.9"]],
        [["X_Forwarded_For", "127.0.0.9"], ["X.Forwarded.For", "127.0.0.9"], ["X-Real-IP", "127.0.0.9"], ["Forwarded", "for=127.0.0.9"]],
        [["Connection", "close, X-Forwarded-For"], ["X-Forwarded-For", "127.0.0.9"]],
        [["True-Client-IP", "127.0.0.9"], ["CF-Connecting-IP", "127.0.0.9"], ["X-Client-IP", "127.0.0.9"], ["X-Cluster-Client-IP", "127.0.0.9"]],
      ];
      // 127.0.0.1 is an ordinary client, although it is also the address of the gateway.
      for (const from of ["127.0.0.8", "127.0.0.32", "127.0.0.1"]) {
        for (const forged of forgeries) {
          const refused = await ask(from, ...forged);
          const what = `${from} ${JSON.stringify(forged)}`;
          if (kind === "Envoy" && refused.status === 400) continue;
          expect(refused.status, what).toBe(403);
          expect(JSON.parse(refused.body), what).toMatchObject({ code: "ERR_ADDRESS_NOT_ALLOWED" });
        }
      }
      expect(gateway.upstream.seen).toHaveLength(4);
    });
  });
}
