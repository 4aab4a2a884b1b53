// People return to their place after logging in, after looking at a key, and after a failure.

import { expect, interactive, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, arriveLoggedIn, dialogs, enter, keyNamed, logOut, mintKey, press, row } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with scripts" : "without scripts", () => {
    test.use({ javaScriptEnabled });
    test.beforeEach(({ allowConsole }) => allowConsole(/request failed: GET \S+\.js csp$/));

    test("a person who opens a link without a session gets to it after logging in", async ({ page, server }) => {
      mintKey(server, "Shop");
      await page.goto("/keys?search=sho&status=active");
      await expect(page).toHaveURL("/login");
      await enter(page, OWNER, "Log in");
      await expect(page).toHaveURL("/keys?search=sho&status=active");
      await expect(row(page, "Shop")).toBeVisible();
      await logOut(page);
      await enter(page, OWNER, "Log in");
      await expect(page).toHaveURL("/");
    });

    test("the screen of a key leads back to the list as it was", async ({ page, context, server }) => {
      for (const name of ["Shop", "Shore", "Mail"]) mintKey(server, name);
      await arriveLoggedIn(context);
      await page.goto("/keys?search=sho&sort=oldest");
      if (javaScriptEnabled) await interactive(page);
      await expect(page).toHaveTitle("API Keys · Latchkey");
      await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Shop");
      await expect(page).toHaveTitle("Shop · Latchkey");
      await press(page, "Disable Shop");
      await expect(page.getByRole("button", { name: "Enable Shop", exact: true })).toBeVisible();
      await page.getByRole("link", { name: "Edit Shop", exact: true }).click();
      await dialogs.edit(page).getByRole("link", { name: "Cancel", exact: true }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Shop");
      await page.getByRole("main").getByRole("link", { name: "API Keys", exact: true }).click();
      await expect(page).toHaveURL("/keys?search=sho&sort=oldest");
      await expect(page).toHaveTitle("API Keys · Latchkey");
      const names = page.getByRole("table", { name: "API Keys", exact: true }).getByRole("link", { name: /^Sho/ });
      await expect(names).toHaveText(["Shop", "Shore"]);
    });

    test("a link to an environment does not change the remembered environment", async ({ page, context, server }) => {
      mintKey(server, "Shop");
      await arriveLoggedIn(context);
      await page.goto("/keys?environment=elsewhere");
      await expect(page.getByRole("heading", { name: "No key matches", exact: true })).toBeVisible();
      await page.goto("/keys");
      const environment = page.getByRole("banner").getByRole("combobox", { name: "Environment", exact: true });
      await expect(environment).toHaveValue("");
      await expect(row(page, "Shop")).toBeVisible();
      if (javaScriptEnabled) await interactive(page);
      await environment.selectOption("default");
      if (!javaScriptEnabled) await press(page, "Go");
      await expect(page).toHaveURL("/keys?environment=default");
      await page.goto("/keys?environment=");
      await expect(environment).toHaveValue("");
      await page.goto("/usage");
      await expect(environment).toHaveValue("default");
    });
  });
}

test("an ended session leads to the login, and from there back", async ({ page, context, open, server, allowConsole }) => {
  allowConsole(/status of 401/);
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await open("/keys?search=sho");
  await context.clearCookies({ name: /session/ });
  await press(page, "Disable Shop");
  await page.getByRole("main").getByRole("link", { name: "Log in", exact: true }).click();
  await expect(page).toHaveURL("/login");
  await enter(page, OWNER, "Log in");
  await expect(page).toHaveURL("/keys?search=sho");
  await expect(row(page, "Shop")).toBeVisible();
});

for (const [way, back] of [
  ["the link", async (page: import("@playwright/test").Page) => page.getByRole("main").getByRole("link", { name: "API Keys", exact: true }).click()],
  ["the browser's back", async (page: import("@playwright/test").Page) => void (await page.goBack())],
] as const) {
  test(`${way} leads back to the same place in a long list`, async ({ page, context, open, server }) => {
    mintKey(server, "Batch", "--count", "60", "--output", `${server.dataDir}/tokens`);
    await arriveLoggedIn(context);
    await open("/keys?sort=oldest");
    const rows = page.getByRole("table", { name: "API Keys", exact: true }).getByRole("row");
    await rows.nth(45).scrollIntoViewIfNeeded();
    const link = rows.nth(45).getByRole("link", { name: "Batch", exact: true });
    const top = await page.evaluate(() => scrollY);
    expect(top).toBeGreaterThan(500);
    await link.click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Batch");
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
    await back(page);
    await expect(rows).toHaveCount(51);
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(top);
    await expect(page).toHaveURL("/keys?sort=oldest");
    // The place is restored only once: when the list is opened again, it starts at its top.
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Home", exact: true }).click();
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "API Keys", exact: true }).click();
    await expect(rows).toHaveCount(51);
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
  });
}

for (const [what, answer] of [
  ["no answer", undefined],
  ["an error", { status: 503, contentType: "application/json", body: '{"code":"busy","detail":"Too many ask for this now."}' }],
] as const) {
  test(`the list stays if an action and the next load of the list get ${what}`, async ({ page, context, open, server, allowConsole }) => {
    allowConsole(/ERR_FAILED|net::ERR|status of 503|answer 503/);
    mintKey(server, "Shop");
    mintKey(server, "Mail");
    await arriveLoggedIn(context);
    await open("/keys");
    const fail = (path: string) => page.route(path, (route) => (answer ? route.fulfill(answer) : route.abort()));
    await fail("**/api/keys/disable");
    await fail("**/api/keys/list");
    await press(page, "Disable Shop");
    await expect(page.locator(".toast--bad")).toBeVisible();
    await expect(page.getByText(/^This may be out of date\./)).toBeVisible();
    for (const name of ["Shop", "Mail"]) await expect(row(page, name)).toBeVisible();
    await page.unroute("**/api/keys/disable");
    await page.unroute("**/api/keys/list");
    await press(page, "Disable Shop");
    await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
    await expect(page.getByText(/^This may be out of date\./)).toHaveCount(0);
  });
}

test("the screen of a key stays if an action gets no answer", async ({ page, context, open, server, allowConsole }) => {
  allowConsole(/ERR_FAILED|net::ERR/);
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  await page.route("**/api/keys/d*", (route) => route.abort());
  await press(page, "Disable Shop");
  await expect(page.getByText(/^This may be out of date\./)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Shop");
  await expect(page.getByRole("button", { name: "Disable Shop", exact: true })).toBeVisible();
});
