import type { Page } from "@playwright/test";
import { expect, expectAccessible, interactive, test } from "./fixture.ts";
import { WITH_OWNER, addCustomer, addPerson, arriveLoggedIn, dialog, dialogs, expectToast, keyNamed, mintKey, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const palette = (page: Page) => dialog(page, "Find a key, customer, page");
const field = (page: Page) => palette(page).getByRole("combobox", { name: "Find a key, customer, page", exact: true });
const option = (page: Page, name: string | RegExp) => palette(page).getByRole("option", { name });
const group = (page: Page, name: string) => palette(page).getByRole("group", { name, exact: true });
const opener = (page: Page) => page.getByRole("banner").getByRole("link", { name: "Find a key, customer, page", exact: true });
const selected = (page: Page) => palette(page).getByRole("option", { selected: true });

/** Opens the palette by its shortcut. */
async function openPalette(page: Page): Promise<void> {
  await page.keyboard.press("Control+k");
  await expect(field(page)).toBeFocused();
}

test("a key is found by any word of its name and opened by keyboard alone", async ({ page, open, server }) => {
  mintKey(server, "Partner: Northwind");
  mintKey(server, "North region sync");
  mintKey(server, "Billing");
  await open("/");
  await openPalette(page);
  await field(page).fill("nort");
  const keys = group(page, "Keys").getByRole("option");
  await expect(keys).toHaveCount(2);
  await expect(keys.first().locator("mark")).toHaveText("Nort");
  await expect(palette(page).getByRole("status")).toHaveText(/^\d+ results$/);
  await expect(selected(page)).toContainText("North region sync");
  await expect(field(page)).toHaveAttribute("aria-activedescendant", (await selected(page).getAttribute("id")) ?? "none");
  await expectAccessible(page);
  // The actions are about the selected key.
  await expect(group(page, "Actions on North region sync")).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(group(page, "Actions on Partner: Northwind")).toBeVisible();
  await page.keyboard.press("End");
  await expect(selected(page)).toContainText("Audit Log for “nort”");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowUp");
  await expect(selected(page)).toContainText("Audit Log for “nort”");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/keys/${keyNamed(server, "Partner: Northwind").id}`);
  await expect(palette(page)).toBeHidden();
});

test("a key is found by its ID and its last four characters", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop");
  await open("/usage");
  await openPalette(page);
  for (const text of [keyNamed(server, "Shop").id, token.slice(-4)]) {
    await field(page).fill(text);
    await expect(group(page, "Keys").getByRole("option")).toContainText("Shop");
  }
});

test("the focus returns to where it was", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open("/keys");
  const edit = row(page, "Shop").getByRole("link", { name: "Edit Shop", exact: true });
  await edit.focus();
  await openPalette(page);
  await page.keyboard.press("Escape");
  await expect(palette(page)).toBeHidden();
  await expect(edit).toBeFocused();
  await opener(page).click();
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(palette(page)).toBeHidden();
  await expect(opener(page)).toBeFocused();
  // A click on what takes no focus does not end the typing.
  await edit.focus();
  await openPalette(page);
  await field(page).fill("shop");
  await expect(group(page, "Keys")).toBeVisible();
  await palette(page).getByText("↵ open", { exact: true }).click();
  await expect(field(page)).toBeFocused();
  await palette(page).getByText("Keys", { exact: true }).first().click();
  await page.keyboard.press("Escape");
  await expect(edit).toBeFocused();
  // When the page gets the focus back from the browser's own controls, it does so below the palette.
  await openPalette(page);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await expect(palette(page)).toBeVisible();
  await edit.focus();
  await expect(palette(page)).toBeHidden();
  await expect(edit).toBeFocused();
  // A click beside the palette closes it, too.
  await opener(page).click();
  await page.mouse.click(5, 400);
  await expect(palette(page)).toBeHidden();
});

test("the actions on a key are those of its status", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop");
  await open("/");
  await openPalette(page);
  await field(page).fill("shop");
  const actions = group(page, "Actions on Shop").getByRole("option");
  await expect(actions).toHaveText(["Edit…", "Disable", "Rotate…", "Duplicate…", "Delete…", "Why denied?"]);
  await page.keyboard.press("Tab");
  await expect(selected(page)).toHaveText("Edit…");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expectToast(page, "Shop is disabled.");
  expect(await verify(server, token)).toBe("INACTIVE");
  await openPalette(page);
  await field(page).fill("shop");
  await expect(actions).toHaveText(["Edit…", "Enable", "Rotate…", "Duplicate…", "Delete…", "Why denied?"]);
  await option(page, "Delete…").click();
  await expect(dialogs.delete(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialogs.delete(page)).toBeHidden();
  await openPalette(page);
  await field(page).fill("shop");
  await option(page, "Duplicate…").click();
  await expect(dialogs.create(page).getByLabel("Name", { exact: true })).toHaveValue(/Shop/);
  // On the screen of a key, its actions are there without a search.
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  await openPalette(page);
  await expect(group(page, "Actions on Shop")).toBeVisible();
  const path = `/keys/${keyNamed(server, "Shop").id}`;
  await option(page, "Why denied?").click();
  await expect(page.getByRole("tab", { name: "Why denied?", exact: true })).toHaveAttribute("aria-selected", "true");
  // Its dialogs lead back to it.
  for (const [name, opened] of [["Delete…", dialogs.delete(page)], ["Duplicate…", dialogs.create(page)]] as const) {
    await openPalette(page);
    await option(page, name).click();
    await expect(opened).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(opened).toBeHidden();
    await expect(page).toHaveURL(path);
  }
});

test("an action is found before its key", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open("/");
  await openPalette(page);
  await field(page).fill("disable");
  await option(page, "Disable API Key…").click();
  await expect(page).toHaveURL("/keys?status=active");
  await expect(row(page, "Shop")).toBeVisible();
});

test("customers, people, endpoints, profiles and screens are found", async ({ page, open, server, context }) => {
  const id = await addCustomer(context, { external_id: "acme-7", name: "Acme" });
  addPerson(server, "viewer", "ada");
  await open("/");
  await openPalette(page);
  for (const [text, name, url] of [
    ["acm", /^Acme acme-7$/, `/customers/${id}`],
    ["ada", /^ada ada@example.com$/, /\/settings\/users\?search=ada/],
    ["bias", /^Check bias check-bias$/, /\/settings\/endpoints\?search=check-bias/],
    ["nod", /^Nodes, Settings$/, "/settings/nodes"],
    ["create api", /^Create API Key$/, "/keys/new"],
  ] as const) {
    await field(page).fill(text);
    await option(page, name).click();
    await expect(page).toHaveURL(url);
    await page.goto("/");
    await interactive(page);
    await openPalette(page);
  }
  await field(page).fill("nothing of this name");
  await expect(palette(page).getByRole("option")).toHaveCount(2);
});

test("a viewer is offered only what a viewer may do", async ({ page, server, open }) => {
  mintKey(server, "Shop");
  await page.context().clearCookies();
  await arriveLoggedIn(page.context(), addPerson(server, "viewer"));
  await open("/");
  await openPalette(page);
  await expect(option(page, "Create API Key")).toHaveCount(0);
  await expect(option(page, "Audit Log")).toHaveCount(0);
  await field(page).fill("shop");
  await expect(group(page, "Actions on Shop").getByRole("option")).toHaveText(["Why denied?"]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  await expect(page).toHaveURL("/");
});

test("single keys open screens, search, create and explain themselves", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open("/");
  // The palette is loaded at the first sign of use.
  await page.mouse.move(300, 300);
  await expect(page.locator("#palette-list")).toBeAttached();
  for (const [second, url] of [["k", "/keys"], ["u", "/usage"], ["a", "/audit"], ["s", "/settings"], ["c", "/customers"], ["h", "/"]] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(second);
    await expect(page).toHaveURL(url);
  }
  await page.keyboard.press("g");
  await page.keyboard.press("k");
  await expect(row(page, "Shop")).toBeVisible();
  await page.keyboard.press("/");
  const search = page.getByRole("searchbox", { name: "Search keys", exact: true });
  await expect(search).toBeFocused();
  // In a field, keys are text.
  await page.keyboard.type("c?");
  await expect(search).toHaveValue("c?");
  await search.fill("");
  await search.blur();
  await page.keyboard.press("?");
  const help = dialog(page, "Keyboard shortcuts");
  await expect(help).toContainText("Go to API Keys");
  await expectAccessible(page);
  // A person can turn them off.
  await help.getByRole("checkbox", { name: "Single-key shortcuts are on", exact: true }).uncheck();
  await help.getByRole("button", { name: "Close", exact: true }).click();
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/\/keys/);
  await expect(dialogs.create(page)).toHaveCount(0);
  await openPalette(page);
  await field(page).fill("shortcuts");
  await page.keyboard.press("Enter");
  await help.getByRole("checkbox").check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("c");
  await expect(dialogs.create(page)).toBeVisible();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the field in the header leads to the list", async ({ page, server, allowConsole }) => {
    allowConsole(/request failed: GET \S+\.js csp$/);
    mintKey(server, "Shop");
    await page.goto("/");
    await opener(page).click();
    await expect(page).toHaveURL("/keys");
    await expect(row(page, "Shop")).toBeVisible();
  });
});
