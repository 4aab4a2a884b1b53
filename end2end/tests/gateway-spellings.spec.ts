// Header names that servers read as other names are sent through the gateways of docs/GATEWAYS.md.

import { KINDS, expect, test } from "./gateway.ts";
import { type Header, sendByHttp2 } from "./gateway-client.ts";
import { CHAT, IMAGE, LATCHKEY_HEADERS, aliases, bearer, latchkeyHeaders, onlySeen, workingKey } from "./gateway-journeys.ts";
import { SETUPS } from "./gateway-kinds.ts";
import { variables } from "./gateway-readings.ts";
import { keyNamed } from "./journeys.ts";

for (const kind of KINDS) {
  test.describe(kind, () => {
    test.use({ kind });

    test("no header that servers read as one that the gateway sets or removes reaches the API, with any characters between its words", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const names = [
        ...LATCHKEY_HEADERS, "x-http-method", "x-http-method-override", "x-method-override", "x-original-method", "x-original-uri",
        "x-original-url", "x-rewrite-url", "x-forwarded-method", "x-forwarded-uri", "x-forwarded-prefix", "x-forwarded-for",
        "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "x-api-key",
      ];
      // This request has ordinary headers.
      expect((await gateway.send({ target: IMAGE, headers: [bearer(token)] })).status).toBe(200);
      const ordinary = variables(onlySeen(gateway).headers);
      for (const name of names) {
        gateway.upstream.seen.length = 0;
        const forged = aliases(name).map((alias): Header => [alias, "FORGED"]);
        expect(forged.every(([alias]) => variables({ [alias]: [] })[`HTTP_${name.toUpperCase().replaceAll("-", "_")}`])).toBe(true);
        // A request with two different keys would be refused.
        const plain: Header[] = name === "x-api-key" ? [] : [[name, "FORGED"]];
        const { status } = await gateway.send({ target: IMAGE, headers: [bearer(token), ["X-Own", "kept"], ...plain, ...forged] });
        expect(status, name).toBe(200);
        const read = variables(onlySeen(gateway).headers);
        expect(JSON.stringify(read), name).not.toContain("FORGED");
        expect(Object.keys(read).sort(), name).toEqual([...Object.keys(ordinary), "HTTP_X_OWN"].sort());
      }
      // A header name with one of these invalid characters is refused or dropped.
      for (const odd of [" ", "\t", "(", "/", ":", "@", "{", "\x80", "\0"]) {
        gateway.upstream.seen.length = 0;
        const name = ["X", "Latchkey", "Key", "Id"].join(odd);
        await gateway.send({ target: IMAGE, headers: [bearer(token), [name, "FORGED"]] });
        for (const seen of gateway.upstream.seen) {
          const read = variables(seen.headers);
          expect(read["HTTP_X_LATCHKEY_KEY_ID"], JSON.stringify(odd)).toEqual(ordinary["HTTP_X_LATCHKEY_KEY_ID"]);
          expect(read["HTTP_X_LATCHKEY_KEY"], JSON.stringify(odd)).toBeUndefined();
        }
      }
    });
  });
}

// With TLS, browsers and other clients use HTTP/2.
for (const kind of KINDS.filter((kind) => SETUPS[kind].tls)) {
  test.describe(kind, () => {
    test.use({ kind });

    test("HTTP/2 does not avoid the checks", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const { id } = keyNamed(server, "Image");
      // Envoy accepts at most a hundred headers.
      const forged = ["x-latchkey-key-id", "x-latchkey-bias-profile", "x-real-ip"].flatMap((name) => [name, ...aliases(name)]).map((name) => [name.toLowerCase(), "FORGED"]);
      const statuses = await sendByHttp2(gateway, [
        { ":path": IMAGE, "authorization": `Bearer ${token}`, ...Object.fromEntries(forged) },
        { ":path": "/api/v1/img/..%2f..%2fadmin", "authorization": `Bearer ${token}` },
        { ":path": IMAGE },
        { ":path": CHAT, ":method": "POST", "authorization": `Bearer ${token}`, "x-forwarded-uri": IMAGE, "x-original-uri": IMAGE },
      ]);
      expect(statuses[0]).toBe(200);
      expect(latchkeyHeaders(onlySeen(gateway))).toMatchObject({ "x-latchkey-key-id": id, "x-latchkey-endpoint": "image", "x-latchkey-bias-profile": "" });
      expect(JSON.stringify(gateway.upstream.seen)).not.toContain("FORGED");
      // Traefik refuses an encoded slash itself, with 400.
      expect([400, 403]).toContain(statuses[1]);
      expect(statuses.slice(2)).toEqual([401, 403]);
    });
  });
}
