import { type Server as HttpServer, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect, interactive, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, mintKey, verify } from "./journeys.ts";

const PATHS = ["/", "/keys", "/usage", "/settings"];
/** How long a page is watched after it is hydrated. */
const WATCH_MS = 500;
/** How long a browser draws what it has before the next piece of the page arrives. */
const PIECE_MS = 40;
const DEVICES = [["a phone", { width: 412, height: 823 }], ["a desktop", { width: 1280, height: 800 }]] as const;

test.use({ serverEnvironment: WITH_OWNER });

for (const [device, viewport] of DEVICES) {
  test(`nothing moves while a page loads on ${device}`, async ({ page, context, open, server }) => {
    await arriveLoggedIn(context);
    for (const token of mintKey(server, "Shop", "--count", "50").split("\n")) await verify(server, token);
    await page.setViewportSize(viewport);
    await watch(page);
    for (const path of PATHS) {
      await open(path);
      await page.waitForTimeout(WATCH_MS);
      expect(await moved(page), path).toEqual([]);
    }
  });

  // Browsers draw a page before all of it is there.
  test(`nothing moves while the navigation, the fields and the bars arrive one by one on ${device}`, async ({ page, context, server }) => {
    await arriveLoggedIn(context);
    await verify(server, mintKey(server, "Shop"));
    await page.setViewportSize(viewport);
    await watch(page);
    const from = new URL(server.url);
    const slow = await inPieces(from);
    try {
      for (const path of ["/", "/usage"]) {
        await page.goto(`http://${from.hostname}:${(slow.address() as AddressInfo).port}${path}`);
        await interactive(page);
        expect(await moved(page), path).toEqual([]);
      }
    } finally {
      // Else the page would ask for changes where nobody answers any more.
      await page.goto("about:blank");
      slow.close();
    }
  });
}

/** Notes what moves on each page. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const moved: string[] = [];
    Object.assign(globalThis, { moved });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { sources = [], value = 0 } = entry as PerformanceEntry & { sources?: { node?: Node }[]; value?: number };
        const elements = sources.map(({ node }) => (node instanceof Element ? node : node?.parentElement)?.outerHTML.slice(0, 80));
        moved.push(`${value} ${elements.join(" ")}`);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
}

function moved(page: Page): Promise<string[]> {
  return page.evaluate(() => (globalThis as unknown as { moved: string[] }).moved);
}

/** A proxy that sends each entry of a list, each section and each field of a page by itself. */
async function inPieces(to: URL): Promise<HttpServer> {
  const proxy = createServer((asked, answer) => {
    const headers = { ...asked.headers, host: to.host };
    delete headers["accept-encoding"];
    const { method, url: path } = asked;
    const sent = request({ host: to.hostname, port: to.port, method, path, headers }, async (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      if (!got.headers["content-type"]?.startsWith("text/html")) {
        got.pipe(answer);
        return;
      }
      const parts: Buffer[] = [];
      for await (const part of got) parts.push(part as Buffer);
      for (const piece of Buffer.concat(parts).toString("utf8").split(/(?=<li|<section|<div class="field")/)) {
        answer.write(piece);
        await new Promise((done) => setTimeout(done, PIECE_MS));
      }
      answer.end();
    });
    sent.on("error", () => answer.destroy());
    asked.pipe(sent);
  });
  await new Promise<void>((done) => proxy.listen(0, to.hostname, done));
  return proxy;
}
