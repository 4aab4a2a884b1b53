// Paths that servers read differently, through the gateways of docs/GATEWAYS.md.

import { KINDS, expect, test } from "./gateway.ts";
import { BEHIND_GATEWAY, asked, bearer, onlyQuestion, ours, workingKey } from "./gateway-journeys.ts";
import { endpointOf, readings } from "./gateway-readings.ts";

/** What stands between a path that a key may call and one that it may not. */
const JOINTS = [
  "/", "//", "///", "/./", "/../", "/../../", "/%2e/", "/%2e%2e/", "/%2E%2e/../", "/.%2e/%2e./", "%2f", "%2F..%2f",
  "/..%2f..%2f", "%5c", "/..%5c..%5c", "\\", "/..\\..\\", ";", ";/", "/;/", "/..;/..;/", ";a=b/../",
  "/..;a=b/..;a=b/", "/%3b/../", "%00/", "%00", "\0/", "%09/", "\t/../", "%20/../", " /../", "%0a/", "%0d%0a/",
  "%ff/", "\xff/../", "%c0%ae%c0%ae/", "#", "#/../", "/#/../../", "%23/../", "?", "?/../", "%3f/../", "?a=/../../",
  "/a/../../", "/a//../../", "//../", "/.../", "/. ./", "/%u002e%u002e/", "/%/", "/%2/", "/%zz/", "/%61/",
  "/%7e/../", "/~/../", "/*/../", "/@/..%2f", "/:/../",
];

const TAILS = [
  "x", "", "..", "bias/check-bias", "../../bias/check-bias", "..%2f..%2fbias%2fcheck-bias", "../chat/completions",
];

/** Byte for byte, as Latin-1. Some are quite ordinary. */
const TARGETS = new Set([
  ...JOINTS.flatMap((joint) => TAILS.map((tail) => `/api/v1/img${joint}${tail}`)),
  "api/v1/img/x", "*", "http://api.example.com/api/v1/img/x", "http://api.example.com/api/bias/check-bias",
  "http://api.example.com//api/v1/img/x", "http://api.example.com", "http://api.example.com?/api/v1/img/x",
  "//api.example.com/api/v1/img/x", "//api/v1/img/../../bias/check-bias", "http:/api/v1/img/x",
  "http://api.example.com/api/v1/img/../../bias/check-bias", "/api/v1/img/x HTTP/1.1\r\nX-Own: ", "//api/v1/img/x",
  "/%2e/api/v1/img/x", "/./api/v1/img/x", "/api/x/../v1/img/x", "/api;x/v1/img/x", "/api/v1;/img/x",
  "/api%2fv1/img/x", "/api\\v1\\img/x", "/api/v1/chat/completions/../../img/x", "/API/V1/IMG/x", "/api/v1/img",
  "/api/v1/img?x", "/api/v1/img#x", "/api/v1/imgx", "/%61pi/v1/img/x", "/api/v1/im%67/x", "/api/v1/img/\"<>^`{|}",
  "/api/v1/img/caf\xc3\xa9", "/api/v1/img/a%20b", "/api/v1/img/%C3%A9", "/_latchkey/question", "/_latchkey/refusal",
  "/%5flatchkey/refusal", "/api/v1/img/../../../_latchkey/refusal", "/v1/authorize", "/v1/authorize/api/v1/img/x",
]);

for (const kind of KINDS) {
  test.describe(kind, () => {
    test.use({ kind, serverEnvironment: BEHIND_GATEWAY });

    test("a path that could be read in two ways is never allowed, and one that is allowed reaches the API as it was judged", async ({ gateway, server }) => {
      test.slow();
      const image = await workingKey(server, "Image", "--endpoint", "image");
      const all = await workingKey(server, "All");

      let allowed = 0;
      for (const target of TARGETS) {
        for (const [token, method] of [[image, "GET"], [all, "POST"]] as const) {
          gateway.upstream.seen.length = 0;
          gateway.tap.said = "";
          const { status } = await gateway.send({ method, target, headers: [bearer(token)] });
          const what = `${method} ${JSON.stringify(target)} ${status}`;
          const [seen, ...more] = gateway.upstream.seen;
          expect(more, what).toEqual([]);
          if (!seen) {
            expect(status, what).toBeGreaterThanOrEqual(400);
            expect(status, what).toBeLessThan(500);
            continue;
          }
          allowed += 1;
          expect(status, what).toBe(200);
          expect(asked(onlyQuestion(gateway)), what).toEqual({ method: seen.method, uri: seen.url });
          const endpoint = ours(seen)["x-latchkey-endpoint"];
          expect(endpoint, what).not.toBe("");
          if (token === image) expect(endpoint, what).toBe("image");
          for (const reading of readings(seen.url)) {
            expect(endpointOf(seen.method, reading), `${what}, read as ${JSON.stringify(reading)}`).toBe(endpoint);
          }
        }
      }
      expect(allowed, "some of them are ordinary paths").toBeGreaterThan(10);
    });
  });
}
