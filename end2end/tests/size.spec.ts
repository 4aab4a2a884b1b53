import type { BrowserContext, Page } from "@playwright/test";

import { expect, test } from "./fixture.ts";
import { WITH_OWNER, addCustomer, arriveLoggedIn, createKeyOf, mintKey, verify } from "./journeys.ts";

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

test("the list loads at most 240 KB of compressed scripts and styles, and the browser caches them", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  const loaded = watchFiles(page);
  await open("/keys");
  await expect.poll(() => loaded.size).toBeGreaterThanOrEqual(3);
  const total = [...loaded.values()].reduce((sum, size) => sum + size, 0);
  expect(total, JSON.stringify([...loaded])).toBeGreaterThan(0);
  expect(total, JSON.stringify([...loaded])).toBeLessThanOrEqual(240_000);
});

test("a screen in another part of the WASM preloads all files of that part", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  const loaded = watchFiles(page);
  await open("/usage");
  const links = page.locator('link[rel="preload"][as="fetch"]');
  const preloaded = await links.evaluateAll((links) => links.map((link) => new URL((link as HTMLLinkElement).href).pathname));
  expect(preloaded.some((path) => path.startsWith("/assets/split_usage-")), preloaded.join()).toBe(true);
  // The palette is loaded later, when somebody uses the page.
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

async function addProfile(context: BrowserContext, name: string): Promise<void> {
  const fields = [["name", name], ["description", ""], ["version", ""], ["on", "age"], ["on", "gender"]];
  for (let category = 0; category < 9; category++) fields.push(["threshold", "71"], ["action", "flag"]);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await context.request.post("/profiles/new", { data: new URLSearchParams(fields).toString(), headers, maxRedirects: 0 });
  expect(answer.status(), await answer.text()).toBe(303);
}

test("the list with 50 keys has at most 1,200 elements", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  await addProfile(context, "Balanced");
  const customers = await Promise.all([1, 2, 3].map((number) => addCustomer(context, { external_id: `acme-${number}`, name: `Acme ${number}` })));
  for (const [at, customer] of customers.entries()) await createKeyOf(context, customer, `Shop of Acme ${at + 1}`);
  const kinds: [name: string, count: number, ...options: string[]][] = [
    ["Storefront", 12, "--endpoint", "chat", "--endpoint", "image", "--tag", "team:shop", "--profile", "Balanced"],
    ["Billing worker", 12, "--endpoint", "chat", "--tag", "team:billing", "--tag", "eu", "--expires", "90d"],
    ["Nightly report", 12, "--limit-minute", "60", "--profile", "Balanced", "--location", "Vault, secret/report"],
    ["Support assistant", 11, "--endpoint", "chat", "--limit-day", "5000", "--description", "Answers mails"],
  ];
  for (const [name, count, ...options] of kinds) {
    const tokens = mintKey(server, name, "--count", `${count}`, ...options).split("\n");
    expect(tokens).toHaveLength(count);
    for (const token of tokens) await verify(server, token);
  }
  await open("/keys");
  await expect(page.getByRole("table", { name: "API Keys", exact: true }).locator("tbody").getByRole("row")).toHaveCount(50);
  // The button of saved views comes after hydration.
  await expect(page.getByRole("button", { name: "Views", exact: true })).toBeVisible();
  expect(await page.locator("*").count()).toBeLessThanOrEqual(1_200);
  // The content of the menus is not among them.
  await expect(page.locator("[popover] input")).toHaveCount(0);
});
