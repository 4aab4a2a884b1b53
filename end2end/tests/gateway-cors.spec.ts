// Pages of another origin that call the API through the gateways of docs/GATEWAYS.md.

import type { Page } from "@playwright/test";
import { type Gateway, KINDS, expect, test } from "./gateway.ts";
import { type Header } from "./gateway-client.ts";
import { CHAT, IMAGE, bearer, originalRequest, workingKey } from "./gateway-journeys.ts";

/** What a page can read of an answer. */
type Read = { status: number; code: string | undefined; url: string | undefined; retryAfter: string | null; rateLimit: string | null; challenge: string | null };

for (const kind of KINDS) {
  test.describe(kind, () => {
    // The tests make the certificates themselves.
    test.use({ kind, ignoreHTTPSErrors: true });

    test("a page of an allowed origin calls the API with a key, and reads refusals", async ({ gateway, server, page, allowConsole }) => {
      allowConsole(/the server responded with a status of 4\d\d/);
      // The CORS headers of the API itself must not interfere.
      gateway.upstream.answerHeaders = { "Access-Control-Allow-Origin": "https://elsewhere.example.com", "Access-Control-Expose-Headers": "X-Elsewhere" };
      const token = await workingKey(server, "Image", "--endpoint", "image", "--limit-minute", "2");
      await page.goto(gateway.pageOrigin);
      gateway.upstream.seen.length = 0;
      gateway.tap.received = "";

      const key = { "Authorization": `Bearer ${token}` };
      const allowed = await call(page, gateway, "POST", IMAGE, { ...key, "Content-Type": "application/json" });
      expect(allowed).toMatchObject({ status: 200, url: IMAGE });
      if (kind !== "Traefik") expect(allowed?.rateLimit).toMatch(/^"minute";r=1;/);
      expect(await call(page, gateway, "GET", IMAGE, { "X-Api-Key": token })).toMatchObject({ status: 200, url: IMAGE });
      expect(await call(page, gateway, "GET", IMAGE, {})).toMatchObject({ status: 401, code: "ERR_API_KEY_MISSING", challenge: "Bearer" });
      expect(await call(page, gateway, "DELETE", CHAT, { ...key, "X-Api-Key": token })).toMatchObject({ status: 403, code: "ERR_NO_PERMISSION" });
      const limited = await call(page, gateway, "POST", IMAGE, key);
      expect(limited).toMatchObject({ status: 429, code: "ERR_TOO_MANY_REQUESTS", retryAfter: expect.stringMatching(/^\d+$/) });
      expect(limited?.rateLimit).toMatch(/^"minute";r=0;/);

      const calls = gateway.upstream.seen.filter(({ url }) => url.startsWith("/api/"));
      expect(calls.map(({ method }) => method)).toEqual(["POST", "GET"]);
      expect(gateway.tap.questions().map((question) => originalRequest(question).method), "Latchkey is not asked about preflights").toEqual(["POST", "GET", "GET", "DELETE", "POST"]);
    });

    test("a page of another origin can read nothing, and only preflights are answered without a key", async ({ gateway, server, page, allowConsole }) => {
      allowConsole(/CORS policy|the server responded with a status of 4\d\d|net::ERR_FAILED/);
      const token = await workingKey(server, "Image", "--endpoint", "image");
      await page.goto(gateway.pageOrigin.replace("app.", "other."));
      gateway.upstream.seen.length = 0;
      expect(await call(page, gateway, "POST", IMAGE, { "Authorization": `Bearer ${token}` })).toBeUndefined();
      expect(await call(page, gateway, "GET", IMAGE, {})).toBeUndefined();
      expect(gateway.upstream.seen.filter(({ url }) => url.startsWith("/api/"))).toEqual([]);

      const own: Header = ["Origin", gateway.pageOrigin];
      const preflight: Header[] = [["Access-Control-Request-Method", "POST"], ["Access-Control-Request-Headers", "authorization"]];
      gateway.upstream.seen.length = 0;
      gateway.tap.received = "";
      const answered = await gateway.send({ method: "OPTIONS", target: IMAGE, headers: [own, ...preflight] });
      expect([200, 204]).toContain(answered.status);
      expect(answered.headers).toMatchObject({ "access-control-allow-origin": gateway.pageOrigin, "access-control-max-age": "600" });
      expect(answered.headers["access-control-allow-credentials"]).toBeUndefined();
      expect(gateway.tap.questions()).toEqual([]);

      for (const origin of ["https://evil.example.com", `${gateway.pageOrigin}.evil.example.com`, `${gateway.pageOrigin}0`, gateway.pageOrigin.replace("app.", "app-"), "null", ""]) {
        for (const method of ["OPTIONS", "GET"]) {
          const headers: Header[] = [["Origin", origin], ...(method === "OPTIONS" ? preflight : [])];
          const answer = await gateway.send({ method, target: IMAGE, headers });
          expect(answer.headers["access-control-allow-origin"], origin).toBeUndefined();
          // Traefik answers every preflight.
          if (kind !== "Traefik" || method !== "OPTIONS") expect(answer.status, origin).toBe(401);
        }
      }
      for (const headers of [[], [own], preflight] satisfies Header[][]) {
        expect((await gateway.send({ method: "OPTIONS", target: IMAGE, headers })).status).toBe(401);
      }
      for (const method of ["GET", "POST", "HEAD"]) {
        expect((await gateway.send({ method, target: IMAGE, headers: [own, ...preflight] })).status).toBe(401);
      }
      expect(gateway.upstream.seen).toEqual([]);
    });

    test("a page can read whether Latchkey or the API is silent", async ({ gateway, server }) => {
      const token = await workingKey(server, "Image", "--endpoint", "image");
      const ask = () => gateway.send({ target: IMAGE, headers: [bearer(token), ["Origin", gateway.pageOrigin]] });
      gateway.upstream.stop();
      const noApi = await ask();
      expect([502, 503, 504]).toContain(noApi.status);
      expect(noApi.headers["access-control-allow-origin"]).toBe(gateway.pageOrigin);
      gateway.tap.stop();
      const closed = await ask();
      expect([500, 502, 503, 504]).toContain(closed.status);
      expect(closed.headers["access-control-allow-origin"]).toBe(gateway.pageOrigin);
    });
  });
}

/** Calls the API from the page. Returns what the page can read, or `undefined` if the browser does not let it read the answer. */
async function call(page: Page, gateway: Gateway, method: string, path: string, headers: Record<string, string>): Promise<Read | undefined> {
  const url = `${gateway.tls ? "https" : "http"}://api.example.com:${gateway.port}${path}`;
  return page.evaluate(async ({ url, method, headers }) => {
    try {
      const answer = await fetch(url, { method, headers, ...(method === "POST" ? { body: "{}" } : {}) });
      const body = (await answer.json()) as { code?: string; url?: string };
      const read = (name: string) => answer.headers.get(name);
      return { status: answer.status, code: body.code, url: body.url, retryAfter: read("Retry-After"), rateLimit: read("RateLimit"), challenge: read("WWW-Authenticate") };
    } catch {
      return undefined;
    }
  }, { url, method, headers });
}
