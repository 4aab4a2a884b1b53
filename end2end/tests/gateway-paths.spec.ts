// Paths that servers read in different ways, sent through the gateways of docs/GATEWAYS.md.

import { KINDS, expect, test } from "./gateway.ts";
import { bearer, latchkeyHeaders, onlyQuestion, originalRequest, workingKey } from "./gateway-journeys.ts";
import { endpointOf, readings } from "./gateway-readings.ts";

/** Texts between a path that a key may call and one that it may not call. */
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

/** Request targets in Latin-1, where each character is a byte. Some are ordinary. */
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
    test.use({ kind });

    test("an ambiguous path is never allowed, and an allowed path reaches the API as it was checked", async ({ gateway, server }) => {
      test.slow();
      const image = await workingKey(server, "Image", "--endpoint", "image");
      const all = await workingKey(server, "All");

      let allowed = 0;
      // There are some hundred requests with several checks each. The failures are collected, since an `expect` takes longer than a
            // request.
      const wrong: string[] = [];
      for (const target of TARGETS) {
        for (const [token, method] of [[image, "GET"], [all, "POST"]] as const) {
          gateway.upstream.seen.length = 0;
          gateway.tap.received = "";
          const { status } = await gateway.send({ method, target, headers: [bearer(token)] });
          const check = (holds: boolean, what: string) => void (holds || wrong.push(`${method} ${JSON.stringify(target)} ${status}: ${what}`));
          const [seen, ...more] = gateway.upstream.seen;
          check(more.length === 0, "the API saw more than one request");
          if (!seen) {
            check(status >= 400 && status < 500, "the status of a refusal");
            continue;
          }
          allowed += 1;
          check(status === 200, "the status of what reached the API");
          const { method: askedMethod, uri } = originalRequest(onlyQuestion(gateway));
          check(askedMethod === seen.method && uri === seen.url, `asked about ${askedMethod} ${uri}, the API got ${seen.method} ${seen.url}`);
          const endpoint = latchkeyHeaders(seen)["x-latchkey-endpoint"];
          check(endpoint !== "", "allowed without an endpoint");
          check(token === all || endpoint === "image", `allowed as ${endpoint}`);
          for (const reading of readings(seen.url)) {
            check(endpointOf(seen.method, reading) === endpoint, `read as ${JSON.stringify(reading)}, it belongs elsewhere`);
          }
        }
      }
      expect(wrong).toEqual([]);
      expect(allowed, "some of the paths are ordinary").toBeGreaterThan(10);
    });
  });
}
