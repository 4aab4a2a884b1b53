import type { Page } from "@playwright/test";
import { expect, interactive, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, logIn, mintKey, row } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const openMenu = (page: Page) => page.getByRole("button", { name: /user menu$/ }).click();
const choices = (page: Page, name: string) => page.getByRole("group", { name, exact: true });
const chosen = (page: Page, name: string) => choices(page, name).getByRole("button", { pressed: true });
const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

test.describe("with scripts", () => {
  test.use({ timezoneId: "Asia/Tokyo" });
  test.beforeEach(({ context }) => arriveLoggedIn(context));

  test("the theme is the system's until a person chooses another one, which the browser remembers", async ({ page, open }) => {
    await open("/keys");
    await openMenu(page);
    await expect(choices(page, "Theme").getByRole("button")).toHaveText(["System", "Light", "Dark"]);
    await expect(chosen(page, "Theme")).toHaveText(["System"]);
    const light = await background(page);
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await background(page);
    expect(dark).not.toBe(light);

    await choices(page, "Theme").getByRole("button", { name: "Light", exact: true }).click();
    await expect(chosen(page, "Theme")).toHaveText(["Light"]);
    await expect.poll(() => background(page)).toBe(light);
    await page.emulateMedia({ colorScheme: "light" });
    await choices(page, "Theme").getByRole("button", { name: "Dark", exact: true }).click();
    await expect.poll(() => background(page)).toBe(dark);
    // Otherwise some browsers take the colours of scroll bars from the desktop.
    await expect(page.locator("html")).not.toHaveCSS("scrollbar-color", "auto");
    // The server draws the page in the chosen colours, before any script runs.
    await page.reload();
    await interactive(page);
    expect(await background(page)).toBe(dark);
    await openMenu(page);
    await expect(chosen(page, "Theme")).toHaveText(["Dark"]);
    await choices(page, "Theme").getByRole("button", { name: "System", exact: true }).click();
    await expect.poll(() => background(page)).toBe(light);
    await expect(page).toHaveURL("/keys");
  });

  test("times are local until a person chooses UTC", async ({ page, open, server }) => {
    mintKey(server, "Shop", "--expires", "90d");
    await open("/keys");
    const exact = row(page, "Shop").locator("time[title]").first();
    await expect(exact).toHaveAttribute("title", / UTC\+9$/);
    await openMenu(page);
    await expect(choices(page, "Times").getByRole("button")).toHaveText(["Local", "UTC"]);
    await expect(chosen(page, "Times")).toHaveText(["Local"]);
    await choices(page, "Times").getByRole("button", { name: "UTC", exact: true }).click();
    await expect(exact).toHaveAttribute("title", / UTC$/);
    await interactive(page);
    await openMenu(page);
    await expect(chosen(page, "Times")).toHaveText(["UTC"]);
    await choices(page, "Times").getByRole("button", { name: "Local", exact: true }).click();
    await expect(exact).toHaveAttribute("title", / UTC\+9$/);
  });
});

test.describe("in a browser that prefers German", () => {
  test.use({ locale: "de-DE" });
  test.beforeEach(({ context }) => arriveLoggedIn(context));

  test("numbers have periods, whether the server or the browser draws them", async ({ page, open, server, context }) => {
    mintKey(server, "Shop", "--limit-day", "1234");
    const lines = Array.from({ length: 1_000 }, (_, number) => `c${number},C`);
    const answer = await context.request.post("/customers/import", { form: { lines: ["external_id,name", ...lines].join("\n"), confirm: "yes" } });
    expect(await answer.text()).toMatch(/Imported: 1[.,]000 customers created/);

    await open("/customers/import");
    await expect(page.getByText("up to 1.000 customers")).toBeVisible();
    await open("/customers");
    await expect(page.locator("html")).toHaveAttribute("data-numbers", "period");
    const count = page.getByRole("status").filter({ hasText: /1\.000 customers$/ });
    await expect(count).toBeVisible();
    // From here on, the browser draws what the server sends.
    const navigation = page.getByRole("navigation", { name: "Main", exact: true });
    await navigation.getByRole("link", { name: "API Keys", exact: true }).click();
    await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
    await expect(page.getByRole("region", { name: "Key", exact: true })).toContainText("1.234 a day");
    await navigation.getByRole("link", { name: "Customers", exact: true }).click();
    await expect(count).toBeVisible();
    await expect(page.locator("html")).toHaveAttribute("lang", "en");
  });
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the buttons of the menu send a form and come back to the page", async ({ page, allowConsole }) => {
    // A browser without scripts does not fetch script files, and it reports to Playwright that a policy forbids it.
    allowConsole(/request failed: GET \S+\.js csp$/);
    allowConsole(/was preloaded using link preload but not used/);
    await logIn(page);
    await page.goto("/keys?search=shop");
    await openMenu(page);
    await choices(page, "Theme").getByRole("button", { name: "Dark", exact: true }).click();
    await expect(page).toHaveURL("/keys?search=shop");
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await openMenu(page);
    await expect(chosen(page, "Theme")).toHaveText(["Dark"]);
    await choices(page, "Times").getByRole("button", { name: "UTC", exact: true }).click();
    await expect(page.locator("html")).toHaveAttribute("data-times", "utc");
  });
});
