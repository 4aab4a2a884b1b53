// The database is taken away under a running server, and comes back.

import type { BrowserContext, Page } from "@playwright/test";
import { DatabaseLine } from "./database-line.ts";
import { expect, expectAccessibleEverywhere, test as base } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, dialogs, nameField, row, shownToken, submitKey, verify } from "./journeys.ts";

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

/** Creates a key. The command line would wait for the proxy, which runs in this process, while this process waits for the command. */
async function makeKey(context: BrowserContext, name: string): Promise<string> {
  const form = { name, environment: "default", endpoints: "all", expires: "never" };
  const answer = await context.request.post("/keys/new", { form, headers: { accept: "application/json" } });
  const token = /sk_live_[0-9A-Za-z]{36}/.exec(await answer.text())?.[0];
  if (!token) throw new Error(`no token in the answer ${answer.status()}`);
  return token;
}

const AWAY = "The console cannot reach its database.";
const OUT_OF_DATE = `This may be out of date. ${AWAY}`;

/** Marks the document, to notice whether it is loaded again. */
const mark = (page: Page) => page.evaluate(() => void (document.body.dataset["marked"] = ""));
const isMarked = (page: Page) => page.evaluate(() => "marked" in document.body.dataset);

test("an open page keeps what was typed, and goes on by itself when the database is back", async ({ page, context, open, line, server }) => {
  const token = await makeKey(context, "Billing");
  await open("/keys/new");
  await mark(page);
  const create = dialogs.create(page);
  await nameField(create).fill("Shop");
  line.cut();
  await submitKey(page);
  await expect(create.getByRole("alert")).toContainText(`${AWAY} Nothing was changed. Try again in a moment.`);
  await expect(nameField(create)).toHaveValue("Shop");
  // The list below asks again and again, and keeps what it has.
  await expect(page.getByText(OUT_OF_DATE)).toBeAttached();
  await expect(page.getByRole("table", { name: "API Keys", exact: true, includeHidden: true })).toContainText("Billing");
  await expect(nameField(create)).toHaveValue("Shop");
  expect(await verify(server, token)).toBe("VALID");

  line.mend();
  await expect(page.getByText(OUT_OF_DATE)).not.toBeAttached({ timeout: 30_000 });
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

test("a report that cannot be loaded again stays, and is loaded when the database is back", async ({ page, open, line }) => {
  await open("/usage");
  const refresh = page.getByRole("link", { name: "Refresh", exact: true });
  line.cut();
  await refresh.click();
  await expect(page.getByText(OUT_OF_DATE)).toBeVisible();
  await expect(refresh).toBeVisible();
  await expect(page.getByRole("link", { name: "Export CSV", exact: true })).toBeVisible();
  line.mend();
  await expect(page.getByText(OUT_OF_DATE)).not.toBeAttached({ timeout: 30_000 });
});

test("the screen of a bias profile and the actions of a list stay", async ({ page, open, line }) => {
  await open("/profiles/new");
  const dialog = page.getByRole("dialog", { name: "Create Bias Profile", exact: true });
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Strict");
  await dialog.getByRole("button", { name: "Create Bias Profile", exact: true }).click();
  await expect(dialog).not.toBeAttached();
  await page.getByRole("link", { name: "Strict", exact: true }).click();
  const title = page.getByRole("heading", { name: "Strict", exact: true });
  await expect(title).toBeVisible();
  line.cut();
  await expect(page.getByText(OUT_OF_DATE)).toBeVisible({ timeout: 30_000 });
  await expect(title).toBeVisible();
  line.mend();
  await expect(page.getByText(OUT_OF_DATE)).not.toBeAttached({ timeout: 30_000 });
  await expect(title).toBeVisible();

  await page.getByRole("link", { name: "Bias Profiles", exact: true }).first().click();
  const create = page.getByRole("link", { name: "Create Bias Profile", exact: true });
  await expect(create).toBeVisible();
  line.cut();
  await expect(page.getByText(OUT_OF_DATE)).toBeVisible({ timeout: 30_000 });
  await expect(create).toBeVisible();
});

test("an error does not move the title of a long dialog out of sight", async ({ page, open, line }) => {
  await open("/profiles/new");
  const dialog = page.getByRole("dialog", { name: "Create Bias Profile", exact: true });
  await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Strict");
  line.cut();
  await dialog.getByRole("button", { name: "Create Bias Profile", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText(AWAY);
  await expect(dialog.getByRole("alert")).toBeInViewport();
  await expect(dialog.getByRole("heading", { name: "Create Bias Profile", exact: true })).toBeInViewport({ ratio: 1 });
  expect(await dialog.evaluate((element) => element.scrollTop), "the dialog itself was scrolled").toBe(0);
});

test("a second factor can be set up as soon as the database is back", async ({ page, open, line }) => {
  await open("/settings/security");
  line.cut();
  await page.getByRole("link", { name: "Set up", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Set up second factor", exact: true });
  await expect(dialog.getByRole("alert")).toContainText(AWAY);
  await expect(dialog.getByText("Making a secret for your app…")).not.toBeAttached();
  line.mend();
  await expect(dialog.getByRole("img", { name: "QR code for your authenticator app", exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(dialog.getByRole("alert")).not.toBeAttached();
});

test("a page that is opened meanwhile says so, and is replaced by the screen at the same URL", async ({ page, context, line }) => {
  await makeKey(context, "Shop");
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
