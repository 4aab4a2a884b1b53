import type { Page } from "@playwright/test";
import { expect, expectAccessible, interactive, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, keyNamed, mintKey, row } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const search = (page: Page) => page.getByRole("searchbox", { name: "Search keys", exact: true });

/** Expects the list to have exactly these names, in this order. */
async function expectListed(page: Page, names: string[]): Promise<void> {
  const rows = page.getByRole("table", { name: "API Keys", exact: true }).getByRole("row");
  await expect(rows).toHaveCount(names.length + 1);
  for (const [index, name] of names.entries()) await expect(rows.nth(index + 1)).toContainText(name);
  await expect(page.getByRole("main").getByRole("status")).toHaveText(names.length === 1 ? "1 key" : `${names.length} keys`);
}

async function choose(page: Page, filter: string, option: string): Promise<void> {
  await page.getByRole("button", { name: filter, exact: true }).click();
  await page.getByRole("checkbox", { name: option, exact: true }).check();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
}

test("a key is found by any words of its name, its ID and its last four characters", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop checkout");
  mintKey(server, "Billing");
  await open("/keys");
  await expectListed(page, ["Billing", "Shop checkout"]);
  for (const text of ["shop CH", "check", keyNamed(server, "Shop checkout").id.slice(0, 9), token.slice(-4)]) {
    await search(page).fill(text);
    await search(page).press("Enter");
    await expectListed(page, ["Shop checkout"]);
    await expect(search(page)).toHaveValue(text);
    await expect(search(page)).toBeFocused();
  }
  await search(page).fill("heckout");
  await search(page).press("Enter");
  await expect(page.getByRole("heading", { name: "No key matches", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Clear search and filters", exact: true }).click();
  await expectListed(page, ["Billing", "Shop checkout"]);
});

test("the list is filtered by status and endpoint", async ({ page, open, server }) => {
  mintKey(server, "Everything");
  mintKey(server, "Chat only", "--endpoint", "chat");
  mintKey(server, "Image only", "--endpoint", "image");
  server.run(["key", "disable", keyNamed(server, "Chat only").id]);
  await open("/keys");
  await expectListed(page, ["Image only", "Chat only", "Everything"]);
  await choose(page, "More filters", "Chat");
  await expectListed(page, ["Chat only", "Everything"]);
  await choose(page, "Status", "Inactive");
  await expectListed(page, ["Chat only"]);
  await expect(page).toHaveURL(/status=inactive/);
  await expect(page).toHaveURL(/endpoint=chat/);
  await page.reload();
  await interactive(page);
  await expectListed(page, ["Chat only"]);
  await page.goBack();
  await expectListed(page, ["Chat only", "Everything"]);
});

test("the list has its columns, and the newest key comes first", async ({ page, open, server }) => {
  mintKey(server, "Older one");
  mintKey(server, "Newer one");
  await open("/keys");
  await expectListed(page, ["Newer one", "Older one"]);
  await expect(page.getByRole("columnheader")).toHaveText([
    "Name", "API Key ID", "API Key", "Status", "Endpoints", "Last Used", "Bias Profile", "Actions",
  ]);
  await expect(row(page, "Newer one").getByText("default · command line", { exact: true })).toBeVisible();
});

test("the ID of a key is copied in its row", async ({ page, context, open, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  mintKey(server, "Shop");
  const { id } = keyNamed(server, "Shop");
  await open("/keys");
  const copy = row(page, "Shop").getByRole("button", { name: `Copy ${id}`, exact: true });
  await row(page, "Shop").hover();
  await expect(copy).toHaveCSS("opacity", "1");
  await copy.click();
  await expect(page.getByRole("status").filter({ hasText: `Copied ${id}` })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(id);
});

test("sixty keys take two pages", async ({ page, open, server }) => {
  mintKey(server, "Batch", "--count", "60", "--output", `${server.dataDir}/tokens`);
  await open("/keys");
  const rows = page.getByRole("table", { name: "API Keys", exact: true }).getByRole("row");
  const ids = () => page.getByRole("cell").filter({ hasText: /^key_/ }).allTextContents();
  await expect(rows).toHaveCount(51);
  const first = await ids();
  await page.getByRole("link", { name: "Older", exact: true }).click();
  await expect(rows).toHaveCount(11);
  expect(new Set([...first, ...(await ids())]).size).toBe(60);
  await expect(page.getByRole("link", { name: "Older", exact: true })).toBeHidden();
  await page.getByRole("link", { name: "Newer", exact: true }).click();
  await expect(rows).toHaveCount(51);
  expect(await ids()).toEqual(first);
  await expect(page.getByRole("link", { name: "Newer", exact: true })).toBeHidden();
  await page.getByRole("link", { name: "Older", exact: true }).click();
  await expect(rows).toHaveCount(11);
  await page.getByRole("link", { name: "Newest", exact: true }).click();
  await expect(page).toHaveURL("/keys");
  await expect(rows).toHaveCount(51);
  expect(await ids()).toEqual(first);
  await page.getByRole("link", { name: "100 rows per page", exact: true }).click();
  await expect(page).toHaveURL("/keys?size=100");
  await expect(rows).toHaveCount(61);
  await page.getByRole("link", { name: "25 rows per page", exact: true }).click();
  await expect(rows).toHaveCount(26);
});

test("the list is searched while a person types, and the way back leads to the whole list", async ({ page, open, server }) => {
  mintKey(server, "Shop checkout");
  mintKey(server, "Billing");
  await open("/keys");
  const before = await page.evaluate(() => history.length);
  await search(page).pressSequentially("check sh", { delay: 40 });
  await expectListed(page, ["Shop checkout"]);
  await expect(page).toHaveURL("/keys?search=check%20sh");
  await expect(row(page, "Shop checkout").locator("mark")).toHaveText(["Sh", "check"]);
  await expect(search(page)).toBeFocused();
  await expect(search(page)).toHaveValue("check sh");
  await search(page).press("End");
  await search(page).press("Backspace");
  await expect(page).toHaveURL("/keys?search=check%20s");
  expect(await page.evaluate(() => history.length)).toBe(before + 1);
  await page.goBack();
  await expect(page).toHaveURL("/keys");
  await expect(search(page)).toHaveValue("");
  await expectListed(page, ["Billing", "Shop checkout"]);
  // An empty field leaves no parameter.
  await search(page).fill("bill");
  await expectListed(page, ["Billing"]);
  await search(page).fill("");
  await expect(page).toHaveURL("/keys");
});

test("a pasted token is searched by its last four characters and not put into the address", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop");
  mintKey(server, "Billing");
  await open("/keys");
  await search(page).fill(token);
  await expectListed(page, ["Shop"]);
  await expect(page).toHaveURL(`/keys?search=${token.slice(-4)}`);
  await expect(row(page, "Shop").locator("mark")).toHaveText(token.slice(-4));
});

test("keys are filtered by creator and end, and filters are saved as a view of the browser", async ({ page, open, server, context }) => {
  mintKey(server, "Ends soon", "--expires", "5d");
  const created = await context.request.post("/keys/new", { form: { name: "Mine", environment: "default", endpoints: "all", expires: "never" } });
  expect(created.ok(), await created.text()).toBe(true);
  await open("/keys");
  const choose = async (title: string, name: string) => {
    await page.getByRole("button", { name: /^More filters/ }).click();
    await page.getByRole("group", { name: title, exact: true }).getByRole("radio", { name, exact: true }).check();
    await page.locator("#filter-more").getByRole("button", { name: "Apply", exact: true }).click();
  };
  await choose("Created by", "Me");
  await expectListed(page, ["Mine"]);
  await expect(page).toHaveURL("/keys?creator=me");
  await choose("Created by", "Anyone");
  await expect(page).toHaveURL("/keys");
  await choose("Expires", "Within 14 days");
  await expectListed(page, ["Ends soon"]);
  await expect(page).toHaveURL("/keys?expiry=soon");
  await choose("Expires", "Any time");
  await choose("Needs attention", "Owner is disabled");
  await expect(page).toHaveURL("/keys?attention=owner-disabled");
  await expect(row(page, "Mine")).toHaveCount(0);
  await page.getByRole("link", { name: /^Owner is disabled/ }).click();
  await choose("Expires", "Within 14 days");
  await expectListed(page, ["Ends soon"]);

  const requests: string[] = [];
  page.on("request", (request) => requests.push(`${request.url()} ${request.postData() ?? ""}`));
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await page.getByRole("textbox", { name: "Save these filters as", exact: true }).fill("Partners, expiring");
  await page.getByRole("button", { name: "Save view", exact: true }).click();
  const view = page.getByRole("link", { name: "Partners, expiring", exact: true });
  await expect(view).toHaveAttribute("aria-current", "true");
  await expectAccessible(page);
  await open("/keys");
  await expectListed(page, ["Mine", "Ends soon"]);
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await view.click();
  // A view means the same wherever it is opened.
  await expect(page).toHaveURL("/keys?environment=&expiry=soon");
  await expectListed(page, ["Ends soon"]);
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await page.getByRole("button", { name: "Remove view Partners, expiring", exact: true }).click();
  await expect(view).toHaveCount(0);
  expect(requests.filter((request) => request.includes("Partners"))).toEqual([]);
});

test("the environment in the header is the list's filter, and is remembered", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open("/keys");
  const environment = page.getByRole("banner").getByRole("combobox", { name: "Environment", exact: true });
  await expect(environment.getByRole("option")).toHaveText(["All environments", "default"]);
  await expect(environment).toHaveValue("");
  await environment.selectOption("default");
  await expect(page).toHaveURL("/keys?environment=default");
  await expectListed(page, ["Shop"]);
  await open("/keys");
  await expect(environment).toHaveValue("default");
  await open("/keys?environment=elsewhere");
  await expect(page.getByRole("heading", { name: "No key matches", exact: true })).toBeVisible();
});

const THREE = ["check-bias", "chat", "image"].flatMap((name) => ["--endpoint", name]);

test("a row shows the first endpoint and the number of others, and a click shows all", async ({ page, open, server }) => {
  mintKey(server, "Shop", ...THREE);
  mintKey(server, "Store", "--endpoint", "chat", "--endpoint", "image");
  await open("/keys");
  const more = row(page, "Shop").getByRole("link", { name: "Chat +2, all endpoints of Shop", exact: true });
  await expect(more).toHaveAccessibleDescription("Chat, Image, Check bias");
  const height = async () => (await row(page, "Shop").boundingBox())?.height;
  const before = await height();
  const titles = page.getByRole("listitem").filter({ hasText: /^(Chat|Image|Check bias)$/ });
  await expect(titles).toHaveCount(0);
  await more.focus();
  await page.keyboard.press("Enter");
  await expect(titles).toHaveText(["Chat", "Image", "Check bias"]);
  await expect(more).toHaveAttribute("aria-expanded", "true");
  expect(await height()).toBe(before);
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(titles).toHaveCount(0);
  await expect(more).toHaveAttribute("aria-expanded", "false");
  await expect(more).toBeFocused();

  // Enter closes it as well, and so does a click elsewhere.
  await page.keyboard.press("Enter");
  await expect(titles).toHaveCount(3);
  await page.keyboard.press("Enter");
  await expect(titles).toHaveCount(0);
  await more.click();
  await expect(titles).toHaveCount(3);
  await page.getByRole("heading", { name: "API Keys", exact: true }).click();
  await expect(titles).toHaveCount(0);

  // A click on another key shows the endpoints of that key.
  await more.click();
  await row(page, "Store").getByRole("link", { name: /^Chat \+1/ }).click();
  await expect(titles).toHaveText(["Chat", "Image"]);
  await expect(page).toHaveURL("/keys");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the endpoints in a row lead to all endpoints on the key's screen", async ({ page, server, allowConsole }) => {
    allowConsole(/request failed: GET \S+\.js csp$/);
    mintKey(server, "Shop", ...THREE);
    await page.goto("/keys");
    await row(page, "Shop").getByRole("link", { name: /^Chat \+2/ }).click();
    await expect(page).toHaveURL(/\/keys\/key_\w+#endpoints$/);
    const endpoints = page.getByRole("region", { name: "Endpoints", exact: true });
    for (const title of ["Chat", "Image", "Check bias"]) await expect(endpoints.getByText(title, { exact: true })).toBeVisible();
  });
});

test("what is typed while other keys are loaded stays", async ({ page, open, server }) => {
  mintKey(server, "Shop checkout");
  await open("/keys");
  let load = () => {};
  const loaded = new Promise<void>((resolve) => (load = resolve));
  await page.route("**/api/keys/list", async (route) => {
    await loaded;
    await route.continue();
  });
  await search(page).fill("nothing");
  await search(page).press("Enter");
  await expect(page).toHaveURL(/search=nothing/);
  await search(page).fill("nothing at all");
  load();
  await expect(page.getByRole("heading", { name: "No key matches", exact: true })).toBeVisible();
  await expect(search(page)).toHaveValue("nothing at all");
  await expect(search(page)).toBeFocused();
  // A link that clears the search clears the field, too.
  await page.getByRole("link", { name: "Clear search and filters", exact: true }).click();
  await expectListed(page, ["Shop checkout"]);
  await expect(search(page)).toHaveValue("");
});
