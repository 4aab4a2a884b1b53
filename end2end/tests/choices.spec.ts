// Long lists and fields with many choices: searching them, using them by keyboard, and using them without scripts.

import { type APIRequestContext, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { type Server, expect, expectAccessible, interactive, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, addPerson, arriveLoggedIn, dialog, dialogs, mintKey, press, row, rowWith } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const MANY = 20;

const number = (index: number) => String(index).padStart(2, "0");

async function addEndpoints(request: APIRequestContext, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const form = { name: `many-${number(index)}`, title: `Many ${number(index)}`, patterns: `GET /many/${number(index)}` };
    const answer = await request.post("/api/endpoints/create", { data: { form } });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
}

async function addEnvironments(request: APIRequestContext, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const answer = await request.post("/api/environments/create", { data: { form: { name: `place-${number(index)}`, kind: "test" } } });
    expect(answer.ok(), await answer.text()).toBe(true);
  }
}

const actor = (page: Page) => page.getByRole("combobox", { name: "Actor", exact: true });
const suggestions = (page: Page) => page.getByRole("listbox", { name: "Actors", exact: true });

test("a person is chosen by keyboard", async ({ page, open, server }) => {
  for (const name of ["ada", "adele", "zoe"]) addPerson(server, "viewer", name);
  await open("/audit");
  await expect(actor(page)).toHaveAttribute("aria-expanded", "false");
  await actor(page).fill("ad");
  await expect(suggestions(page).getByRole("option")).toHaveText(["ada ada@example.com", "adele adele@example.com"]);
  await expect(actor(page)).toHaveAttribute("aria-expanded", "true");
  await expectAccessible(page);
  // Nothing is chosen before the person chooses.
  await expect(suggestions(page).getByRole("option", { selected: true })).toHaveCount(0);
  await page.keyboard.press("ArrowDown");
  await expect(suggestions(page).getByRole("option", { selected: true })).toHaveText("ada ada@example.com");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  const chosen = suggestions(page).getByRole("option", { selected: true });
  await expect(chosen).toHaveText("adele adele@example.com");
  await expect(actor(page)).toHaveAttribute("aria-activedescendant", (await chosen.getAttribute("id")) ?? "none");
  await page.keyboard.press("Enter");
  await expect(actor(page)).toHaveValue("adele@example.com");
  await expect(suggestions(page)).toBeHidden();
  await expect(actor(page)).toBeFocused();
  await expect(page).toHaveURL("/audit");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/actor=adele(%40|@)example.com/);
  // The filters are drawn anew with the events that match.
  await expect(page.getByRole("link", { name: "Clear", exact: true })).toBeVisible();
  // Esc closes the suggestions and keeps the typed text.
  await actor(page).fill("zo");
  await expect(suggestions(page).getByRole("option")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(suggestions(page)).toBeHidden();
  await expect(actor(page)).toHaveValue("zo");
  await page.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(page).toHaveURL("/audit");
  await expect(actor(page)).toHaveValue("");
  await actor(page).fill("nobody of this name");
  await expect(page.getByText("Nothing found", { exact: true })).toBeVisible();
});

/** Opens the dialog “Transfer Keys” with the suggestions of its field. */
async function suggestPeople(
  { page, open, server, context }: { page: Page; open: (path: string) => Promise<void>; server: Server; context: BrowserContext },
): Promise<{ give: Locator; person: Locator }> {
  addPerson(server, "developer", "ada");
  const created = await context.request.post("/keys/new", { form: { name: "Shop", environment: "default", endpoints: "all", expires: "never" } });
  expect(created.ok(), await created.text()).toBe(true);
  await open("/settings/users");
  await page.getByRole("link", { name: "Transfer keys of mara.ott", exact: true }).click();
  const give = dialog(page, "Transfer Keys");
  const person = give.getByRole("combobox", { name: "Person", exact: true });
  await expect(person).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(give.getByRole("option")).toHaveText(["ada ada@example.com"]);
  return { give, person };
}

test("Esc in a field with suggestions leaves the dialog open", async ({ page, open, server, context }) => {
  const { give } = await suggestPeople({ page, open, server, context });
  await page.keyboard.press("Escape");
  await expect(give.getByRole("option")).toHaveCount(0);
  await expect(give).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(give).toBeHidden();
});

test("a click on a button below the suggestions counts, although the suggestions close", async ({ page, open, server, context }) => {
  const { give, person } = await suggestPeople({ page, open, server, context });
  const button = give.getByRole("button", { name: "Transfer keys", exact: true });
  const place = await button.boundingBox();
  if (!place) throw new Error("the button is not on the screen");
  await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2);
  await page.mouse.down();
  // A person holds the button of a mouse for about this long.
  await page.waitForTimeout(200);
  expect(await button.boundingBox()).toEqual(place);
  await page.mouse.up();
  await expect(person).toHaveAccessibleDescription("Choose who gets the keys.");
  await expect(give.getByRole("option")).toHaveCount(0);
});

test("the environment is found among many", async ({ page, open, context }) => {
  await addEnvironments(context.request, MANY);
  await open("/keys");
  const selector = page.getByRole("combobox", { name: "Environment", exact: true });
  const find = page.getByRole("searchbox", { name: "Find an environment", exact: true });
  await expect(selector.getByRole("option")).toHaveCount(MANY + 2);
  await find.fill("PLACE-1");
  await expect(selector.getByRole("option")).toHaveText([
    "All environments",
    ...Array.from({ length: 10 }, (_, index) => `place-1${index}`),
  ]);
  await expect(selector).toHaveValue("");
  await find.fill("place-17");
  await find.press("Enter");
  await expect(page).toHaveURL("/keys?environment=place-17");
  await expect(selector).toBeFocused();
  await expect(selector).toHaveValue("place-17");
  await find.fill("");
  await expect(selector.getByRole("option")).toHaveCount(MANY + 2);
  await expect(selector).toHaveValue("place-17");
  await selector.selectOption("default");
  await expect(page).toHaveURL("/keys?environment=default");
});

test("endpoints of a new key are found among many, and ticked ones stay", async ({ page, open, context }) => {
  await addEndpoints(context.request, MANY);
  await open("/keys/new");
  const create = dialogs.create(page);
  const boxes = create.getByRole("group", { name: "Endpoints", exact: true }).getByRole("checkbox");
  await expect(boxes).toHaveCount(MANY + 3);
  await create.getByRole("checkbox", { name: "Chat", exact: true }).check();
  const find = create.getByRole("searchbox", { name: "Find an endpoint", exact: true });
  await find.fill("many/07");
  await expect(boxes).toHaveCount(2);
  await expect(create.getByRole("checkbox", { name: "Chat", exact: true })).toBeChecked();
  await create.getByRole("checkbox", { name: "Many 07", exact: true }).check();
  // Enter in the search field does not create a key.
  await find.press("Enter");
  await expect(create).toBeVisible();
  await find.fill("");
  await expect(boxes).toHaveCount(MANY + 3);
  await expectAccessible(page);
  await create.getByRole("button", { name: "Create API Key", exact: true }).click();
  await expect(dialogs.save(page)).toBeVisible();
});

test("a filter with many choices can be searched", async ({ page, open, server, context }) => {
  await addEndpoints(context.request, MANY);
  mintKey(server, "Shop", "--endpoint", "many-07");
  mintKey(server, "Mail", "--endpoint", "chat");
  await open("/keys");
  const filter = page.getByRole("button", { name: /^More filters/ });
  await filter.click();
  const find = page.getByRole("searchbox", { name: "Find: Endpoint", exact: true });
  await find.fill("many 07");
  const box = page.getByRole("checkbox", { name: "Many 07", exact: true });
  await box.check();
  await find.fill("many 08");
  await expect(page.getByRole("checkbox", { name: "Many 08", exact: true })).toBeVisible();
  await expect(box).toBeChecked();
  await expectAccessible(page);
  await page.locator("#filter-more").getByRole("button", { name: "Apply", exact: true }).click();
  await expect(page).toHaveURL(/\/keys\?endpoint=many-07/);
  await expect(row(page, "Shop")).toBeVisible();
  await expect(row(page, "Mail")).toHaveCount(0);
  await filter.click();
  await expect(box).toBeChecked();
});

test("a list keeps its search and page while its dialogs open and close", async ({ page, open, context }) => {
  test.slow();
  await addEndpoints(context.request, 60);
  await open("/settings/endpoints");
  const search = page.getByRole("searchbox", { name: "Search endpoints", exact: true });
  await search.fill("many");
  await search.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "60 endpoints" })).toBeVisible();
  await page.getByRole("navigation", { name: "Pages", exact: true }).getByRole("link", { name: "Next page", exact: true }).click();
  const table = page.getByRole("table", { name: "Endpoints", exact: true });
  await expect(table.getByRole("row")).toHaveCount(11);
  const here = page.url();
  await rowWith(page, "Endpoints", "Edit Many 59").getByRole("link", { name: "Edit Many 59", exact: true }).click();
  const edit = dialog(page, "Edit Endpoint");
  await expect(edit.getByRole("textbox", { name: "Title", exact: true })).toHaveValue("Many 59");
  await press(edit, "Cancel");
  await expect(page).toHaveURL(here);
  await expect(table.getByRole("row")).toHaveCount(11);
  await expectAccessible(page);
  // This dialog is about a row on another page of the list.
  await page.goto("/settings/endpoints/many-59/edit");
  await interactive(page);
  await expect(edit.getByRole("textbox", { name: "Title", exact: true })).toHaveValue("Many 59");
  await press(edit, "Cancel");
  await expect(page).toHaveURL("/settings/endpoints");
  await search.fill("no such thing");
  await search.press("Enter");
  await expect(page.getByRole("heading", { name: "No endpoint matches", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Clear search", exact: true }).click();
  await expect(search).toHaveValue("");
  await expect(table.getByRole("row")).toHaveCount(51);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  // A browser without scripts does not fetch script files, and it reports to Playwright that a policy forbids it.
  test.beforeEach(({ allowConsole }) => allowConsole(/request failed: GET \S+\.js csp$/));

  test("a list is searched, and fields with suggestions accept typed text", async ({ page, server, context }) => {
    addPerson(server, "viewer", "zoe");
    await addEndpoints(context.request, MANY);
    mintKey(server, "Shop", "--endpoint", "many-07");
    await page.goto("/settings/users");
    const search = page.getByRole("searchbox", { name: "Search users", exact: true });
    await search.fill("ZOE");
    await search.press("Enter");
    await expect(page).toHaveURL("/settings/users?search=ZOE");
    await expect(page.getByRole("table", { name: "Users", exact: true }).getByRole("row")).toHaveCount(2);
    await page.goto("/audit");
    await actor(page).fill(OWNER.email);
    await press(page, "Filter");
    await expect(page.getByRole("table", { name: "Audit Log", exact: true }).getByRole("row").nth(1)).toContainText("mara.ott");
    await page.goto("/keys");
    await page.getByRole("button", { name: /^More filters/ }).click();
    await page.getByRole("searchbox", { name: "Find: Endpoint", exact: true }).fill("Many 07");
    await page.getByRole("button", { name: "Apply", exact: true }).click();
    await expect(row(page, "Shop")).toBeVisible();
    await page.goto("/keys/new");
    await expect(page.getByRole("checkbox", { name: /^Many/ })).toHaveCount(MANY);
    await expect(page.getByRole("searchbox", { name: "Find an endpoint", exact: true })).toBeHidden();
  });
});
