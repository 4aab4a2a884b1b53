import type { Page } from "@playwright/test";

import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const TYPES = { js: "text/javascript", wasm: "application/wasm", css: "text/css" };

// The sizes of the files that the page loads, by their paths. Each must be loaded once.
function watchFiles(page: Page): Map<string, number> {
  const loaded = new Map<string, number>();
  page.on("requestfinished", async (request) => {
    const { pathname } = new URL(request.url());
    const type = TYPES[pathname.slice(pathname.lastIndexOf(".") + 1) as keyof typeof TYPES];
    if (!type) return;
    const [response, sizes] = await Promise.all([request.response(), request.sizes()]);
    expect(loaded.has(pathname), `${pathname} is loaded once`).toBe(false);
    loaded.set(pathname, sizes.responseBodySize);
    expect(response?.headers(), pathname).toMatchObject({
      "content-type": expect.stringContaining(type),
      "content-encoding": "br",
      "cache-control": "public, max-age=31536000, immutable",
      "vary": "accept-encoding",
      "x-content-type-options": "nosniff",
    });
  });
  return loaded;
}

test("the list loads at most 275 KB of compressed scripts and styles, and the browser caches them", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  const loaded = watchFiles(page);
  await open("/keys");
  await expect.poll(() => loaded.size).toBeGreaterThanOrEqual(3);
  const total = [...loaded.values()].reduce((sum, size) => sum + size, 0);
  expect(total, JSON.stringify([...loaded])).toBeGreaterThan(0);
  expect(total, JSON.stringify([...loaded])).toBeLessThanOrEqual(275_000);
});

test("a screen in another part of the WASM preloads all files of that part", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  const loaded = watchFiles(page);
  await open("/usage");
  const links = page.locator('link[rel="preload"][as="fetch"]');
  const preloaded = await links.evaluateAll((links) => links.map((link) => new URL((link as HTMLLinkElement).href).pathname));
  expect(preloaded.some((path) => path.startsWith("/assets/split_usage-")), preloaded.join()).toBe(true);
  // The palette is loaded later, when the page is quiet.
  await expect.poll(() => preloaded.filter((path) => !loaded.has(path))).toEqual([]);
});

test("a screen is a handful of files, and what it shares with another one that is open is loaded once", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  const loaded = watchFiles(page);
  await open("/keys");
  for (const screen of ["Usage", "Settings", "Customers"]) {
    const before = loaded.size;
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: screen, exact: true }).click();
    await expect(page.getByRole("heading", { name: screen, level: 1, exact: true })).toBeVisible();
    // The part and its style sheet, the palette, and a few large pieces that many parts share.
    expect(loaded.size - before, JSON.stringify([...loaded])).toBeLessThanOrEqual(8);
  }
});
