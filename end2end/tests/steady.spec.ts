import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, mintKey, verify } from "./journeys.ts";

const PATHS = ["/", "/keys", "/usage", "/settings"];
/** How long a page is watched after it is hydrated. */
const WATCH_MS = 500;

test.use({ serverEnvironment: WITH_OWNER });

for (const [device, viewport] of [["a phone", { width: 412, height: 823 }], ["a desktop", { width: 1280, height: 800 }]] as const) {
  test(`nothing moves while a page loads on ${device}`, async ({ page, context, open, server }) => {
    await arriveLoggedIn(context);
    for (const token of mintKey(server, "Shop", "--count", "50").split("\n")) await verify(server, token);
    await page.setViewportSize(viewport);
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
    for (const path of PATHS) {
      await open(path);
      await page.waitForTimeout(WATCH_MS);
      expect(await page.evaluate(() => (globalThis as unknown as { moved: string[] }).moved), path).toEqual([]);
    }
  });
}
