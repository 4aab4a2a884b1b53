// The database is taken away under a running server, and comes back.

import type { Page } from "@playwright/test";
import { DatabaseLine } from "./database-line.ts";
import { expect, expectAccessibleEverywhere, test as base } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, dialogs, mintKey, nameField, row, shownToken, submitKey, verify } from "./journeys.ts";

const test = base.extend<{ line: DatabaseLine }>({
  line: async ({}, use) => {
    const line = await DatabaseLine.open();
    await use(line);
    await line.close();
  },
  serverEnvironment: async ({ line }, use) => use({ ...WITH_OWNER, LATCHKEY_DATABASE_URL: line.url }),
});

test.beforeEach(async ({ context, allowConsole }) => {
  // Requests fail while the database is away. A person who leaves a page aborts others.
  allowConsole(/\b503\b/);
  await arriveLoggedIn(context);
});

const AWAY = "The console cannot reach its database.";

/** Marks the document, to notice whether it is loaded again. */
const mark = (page: Page) => page.evaluate(() => void (document.body.dataset["marked"] = ""));
const isMarked = (page: Page) => page.evaluate(() => "marked" in document.body.dataset);

test("an open page keeps what was typed, and goes on by itself when the database is back", async ({ page, open, line, server }) => {
  const token = mintKey(server, "Billing");
  await open("/keys/new");
  await mark(page);
  const create = dialogs.create(page);
  await nameField(create).fill("Shop");
  line.cut();
  await submitKey(page);
  await expect(create.getByRole("alert")).toContainText(`${AWAY} Nothing was changed. Try again in a moment.`);
  await expect(nameField(create)).toHaveValue("Shop");
  // The list below asks again and again, and keeps what it has.
  await expect(page.getByText(`This may be out of date. ${AWAY}`)).toBeAttached();
  await expect(page.getByRole("table", { name: "API Keys", exact: true, includeHidden: true })).toContainText("Billing");
  await expect(nameField(create)).toHaveValue("Shop");
  expect(await verify(server, token)).toBe("VALID");

  line.mend();
  await expect(page.getByText(`This may be out of date. ${AWAY}`)).not.toBeAttached({ timeout: 30_000 });
  await expect(nameField(create)).toHaveValue("Shop");
  await submitKey(page);
  await shownToken(page);
  expect(await isMarked(page), "the page was not loaded again").toBe(true);
});

test("a screen and a dialog that could not be loaded appear when the database is back", async ({ page, open, line }) => {
  await open("/keys");
  await mark(page);
  line.cut();
  await page.getByRole("link", { name: "Bias Profiles", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The bias profiles could not be loaded", exact: true })).toBeVisible();
  await expect(page.getByText(AWAY, { exact: true })).toBeVisible();
  line.mend();
  await expect(page.getByRole("heading", { name: "Create your first bias profile", exact: true })).toBeVisible({ timeout: 30_000 });

  await page.getByRole("link", { name: "API Keys", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Create your first API key", exact: true })).toBeVisible();
  line.cut();
  await page.getByRole("link", { name: "Create API Key", exact: true }).first().click();
  const create = dialogs.create(page);
  await expect(create.getByRole("alert")).toContainText(AWAY);
  line.mend();
  await expect(nameField(create)).toBeVisible({ timeout: 30_000 });
  expect(await isMarked(page), "the page was not loaded again").toBe(true);
});

test("a page that is opened meanwhile says so, and is replaced by the screen at the same URL", async ({ page, line, server }) => {
  mintKey(server, "Shop");
  line.cut();
  const answer = await page.goto("/keys?search=sho");
  expect(answer?.status()).toBe(503);
  await expect(page.getByRole("heading", { name: "The database is away", exact: true })).toBeVisible();
  await expect(page.getByText(/^Gateways are still answered from memory, for up to 5 min without the database: .+ are left\.$/)).toBeVisible();
  line.mend();
  await expect(row(page, "Shop")).toBeVisible({ timeout: 30_000 });
  await expect(page).toHaveURL("/keys?search=sho");
});

test("the page is accessible", async ({ page, line }) => {
  line.cut();
  // The page must not be loaded again while it is checked.
  await page.route("/keys", async (route) => {
    const response = await route.fetch();
    const { refresh, ...headers } = response.headers();
    expect(refresh).toBe("5");
    await route.fulfill({ response, headers });
  });
  await page.goto("/keys");
  await expectAccessibleEverywhere(page);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });
  test.beforeEach(({ allowConsole }) => allowConsole(/request failed: GET \S+\.js csp$/));

  test("a form is kept with what was typed, and sent again", async ({ page, line, server }) => {
    await page.goto("/keys/new");
    const create = dialogs.create(page);
    await nameField(create).fill("Shop");
    await create.getByRole("checkbox", { name: "Chat", exact: true }).check();
    line.cut();
    await submitKey(page);
    await expect(page.getByRole("heading", { name: "Nothing was changed yet", exact: true })).toBeVisible();
    await expect(nameField(page)).toHaveValue("Shop");
    line.mend();
    // The server's connections are new, so the first tries may still fail.
    await expect(async () => {
      const again = page.getByRole("button", { name: "Send again", exact: true });
      if (await again.isVisible()) await again.click();
      await expect(dialogs.save(page)).toBeVisible({ timeout: 1_000 });
    }).toPass({ timeout: 30_000 });
    const token = await shownToken(page);
    await expect.poll(() => verify(server, token, "chat")).toBe("VALID");
    expect(await verify(server, token, "image")).toBe("FORBIDDEN");
  });
});
