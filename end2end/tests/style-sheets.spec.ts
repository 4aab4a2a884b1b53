import type { Page } from "@playwright/test";

import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

// The names of the style sheets in the page, without their hashes. `latchkey` is the one of every page.
async function styleSheets(page: Page): Promise<string[]> {
  const hrefs = await page.locator('link[rel="stylesheet"]').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  return hrefs.map((href) => href.replace(/^\/assets\/(.*)-[0-9a-f]+\.css$/, "$1"));
}

async function go(page: Page, entry: string): Promise<void> {
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: entry, exact: true }).click();
}

const heading = (page: Page, name: string) => page.getByRole("heading", { name, level: 1, exact: true });

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a page has the style sheet of its screen", async ({ page, context, allowConsole }) => {
    allowConsole(/csp$/);
    await page.goto("/login");
    expect(await styleSheets(page)).toEqual(["latchkey"]);
    await arriveLoggedIn(context);
    for (const [path, sheets] of [
      ["/", ["latchkey", "home"]],
      ["/keys", ["latchkey"]],
      ["/keys/new", ["latchkey", "keys"]],
      ["/usage", ["latchkey", "usage"]],
      ["/customers", ["latchkey", "customers"]],
      ["/profiles", ["latchkey", "profiles"]],
      ["/audit", ["latchkey", "audit"]],
      ["/reference", ["latchkey", "reference"]],
      ["/settings/users", ["latchkey", "settings"]],
    ] as const) {
      await page.goto(path);
      expect(await styleSheets(page), path).toEqual(sheets);
    }
  });
});

test("a screen that a person comes to has its style sheet, once", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  await open("/keys");
  expect(await styleSheets(page)).not.toContain("usage");
  for (const entry of ["Usage", "API Keys", "Usage"]) {
    await go(page, entry);
    await expect(heading(page, entry)).toBeVisible();
  }
  expect((await styleSheets(page)).filter((sheet) => sheet === "usage")).toHaveLength(1);
  await expect(page.locator(".usage-filters__days").first()).toHaveCSS("order", "1");
});

test("a page that is opened at a screen does not load its style sheet again", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  await open("/usage");
  await go(page, "API Keys");
  await expect(heading(page, "API Keys")).toBeVisible();
  await go(page, "Usage");
  await expect(heading(page, "Usage")).toBeVisible();
  expect((await styleSheets(page)).filter((sheet) => sheet === "usage")).toHaveLength(1);
});

test("a screen is drawn once its style sheet is there", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  await open("/keys");
  await page.evaluate(() => (document.body.dataset.same = ""));
  let arrive = (): void => {};
  const arrived = new Promise<void>((done) => (arrive = done));
  await page.route(/\/usage-[0-9a-f]+\.css$/, async (route) => {
    await arrived;
    await route.continue();
  });
  await go(page, "Usage");
  await expect(page.getByRole("status").filter({ hasText: "Loading" })).toBeVisible({ timeout: 3_500 });
  await expect(heading(page, "Usage")).toBeHidden();
  arrive();
  await expect(heading(page, "Usage")).toBeVisible();
  await expect(page.locator("body"), "the page is not loaded again").toHaveAttribute("data-same");
});

test("the style sheet of a screen no longer exists after an upgrade: the browser loads the page from the server", async ({ page, context, open, allowConsole }) => {
  allowConsole(/status of 404|Failed to load|did not arrive|csp$/);
  await arriveLoggedIn(context);
  await open("/keys");
  await page.route(/\/usage-[0-9a-f]+\.css$/, (route) => route.fulfill({ status: 404, body: "gone" }));
  const loaded = page.waitForEvent("load");
  await go(page, "Usage");
  await loaded;
  await expect(heading(page, "Usage")).toBeVisible();
});
