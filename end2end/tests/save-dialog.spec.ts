import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, copyToken, createKey, dialogs } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

let token = "";

test.beforeEach(async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open("/");
  await page.getByRole("main").getByRole("link", { name: "API Keys", exact: true }).click();
  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  token = await createKey(page, "Shop");
});

const press = (name: string) => (page: Page) => dialogs.save(page).getByRole("button", { name, exact: true }).click();
const copy = press("Copy API key");
const done = press("Done");
const escape = (page: Page) => page.keyboard.press("Escape");

async function expectAsked(page: Page): Promise<void> {
  await expect(dialogs.save(page).getByRole("alert")).toHaveText("You have not copied the key yet.");
  await expect(dialogs.save(page).getByRole("textbox", { name: "API key", exact: true })).toHaveValue(token);
}

for (const [way, leave] of [
  ["Done", done],
  ["Esc", escape],
  ["Esc twice", async (page: Page) => { await escape(page); await escape(page); }],
  ["the browser's back", (page: Page) => page.goBack()],
] as const) {
  test(`${way} asks for confirmation while the token is not copied`, async ({ page }) => {
    await leave(page);
    await expectAsked(page);
    await press("Go back")(page);
    await expect(dialogs.save(page).getByRole("alert")).toBeHidden();
    await leave(page);
    await expectAsked(page);
    await press("Close without copying")(page);
    await expect(dialogs.save(page)).toBeHidden();
  });
}

test("leaving the site asks for confirmation while the token is not copied", async ({ page }) => {
  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => setTimeout(() => location.assign("/")));
  const question = await asked;
  expect(question.type()).toBe("beforeunload");
  await question.dismiss();
  await expect(dialogs.save(page).getByRole("textbox", { name: "API key", exact: true })).toHaveValue(token);
});

for (const [way, leave] of [["Done", done], ["Esc", escape]] as const) {
  test(`after copying, ${way} closes at once`, async ({ page }) => {
    await copyToken(page);
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
    await leave(page);
    await expect(dialogs.save(page)).toBeHidden();
    await expect(page).toHaveURL("/keys");
  });
}

for (const [way, copied] of [
  ["the button", copy],
  ["the keyboard", async (page: Page) => {
    await dialogs.save(page).getByRole("textbox", { name: "API key", exact: true }).press("ControlOrMeta+a");
    await page.keyboard.press("ControlOrMeta+c");
  }],
] as const) {
  test(`copying with ${way} ends the question`, async ({ page }) => {
    await escape(page);
    await expectAsked(page);
    await copied(page);
    await expect(dialogs.save(page).getByRole("alert")).toHaveCount(0);
    await done(page);
    await expect(dialogs.save(page)).toBeHidden();
  });
}

test("the line of a .env file holds the token, and copying it counts as copied", async ({ page }) => {
  const save = dialogs.save(page);
  await save.getByRole("radio", { name: "curl", exact: true }).press("ArrowLeft");
  await expect(save.getByRole("radio", { name: ".env", exact: true })).toBeChecked();
  await expect(save.getByRole("region", { name: "Example: .env", exact: true })).toHaveText(`LATCHKEY_TOKEN=${token}`);
  await expect(save.getByRole("region", { name: "Example: curl", exact: true })).toBeHidden();
  await save.getByRole("button", { name: "Copy as .env line", exact: true }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(`LATCHKEY_TOKEN=${token}`);
  await done(page);
  await expect(save).toBeHidden();
});

test("copying by keyboard counts as copied", async ({ page }) => {
  await dialogs.save(page).getByRole("textbox", { name: "API key", exact: true }).press("ControlOrMeta+a");
  await page.keyboard.press("ControlOrMeta+c");
  await done(page);
  await expect(dialogs.save(page)).toBeHidden();
});

test("copying works without the Clipboard API, as on plain http", async ({ page, context }) => {
  await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await copyToken(page);
  await done(page);
  await expect(dialogs.save(page)).toBeHidden();
  const other = await context.newPage();
  await other.goto("/login");
  expect(await other.evaluate(() => navigator.clipboard.readText())).toBe(token);
});

test("if the browser does not copy, the page says so", async ({ page }) => {
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    document.execCommand = () => false;
  });
  await copy(page);
  await expect(dialogs.save(page).getByText("Not copied: this browser does not allow it. It is selected, copy it by hand.")).toBeVisible();
  await expect(dialogs.save(page).getByText("Copied", { exact: true })).toHaveCount(0);
  expect(await page.evaluate(() => getSelection()?.toString())).toBe(token);
  await done(page);
  await expectAsked(page);
});

test("the token is only on the screen, and disappears with the dialog", async ({ page, context }) => {
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  const kept = async () => {
    const inPage = await page.evaluate(() => [location.href, history.state, { ...localStorage }, { ...sessionStorage }]);
    return JSON.stringify([inPage, await context.cookies(), addresses]);
  };
  const shown = () =>
    page.evaluate(() => document.documentElement.outerHTML + Array.from(document.querySelectorAll("input"), (input) => input.value));

  expect(await shown()).toContain(token);
  expect(await kept()).not.toContain(token);
  for (const kind of ["curl", "JavaScript", "Python", "Go", "nginx", "Caddy", "Traefik", "Envoy"]) {
    await dialogs.save(page).getByRole("radio", { name: kind, exact: true }).check();
    await expect(dialogs.save(page).getByRole("region", { name: `Example: ${kind}`, exact: true })).not.toContainText(token);
  }
  await copyToken(page);
  await done(page);
  await expect(dialogs.save(page)).toBeHidden();
  expect(await shown()).not.toContain(token);
  await page.goBack();
  await page.goForward();
  expect(await shown()).not.toContain(token);
  expect(await kept()).not.toContain(token);
});
