// What keys are for: description, tags, where they live, owners. And keys with the settings of another one.

import type { Page } from "@playwright/test";
import { expect, expectAccessible, interactive, test } from "./fixture.ts";
import {
  WITH_OWNER, addPerson, anotherPerson, arriveLoggedIn, dialogs, keyNamed, mintKey, nameField, press, row, saveAndClose, showLimits, shownToken,
  submitKey, verify,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const text = (page: Page, name: string) => page.getByRole("dialog").getByRole("textbox", { name, exact: true });
const facts = (page: Page) => page.getByRole("region", { name: "Key", exact: true });
const owner = (page: Page) => dialogs.edit(page).getByRole("combobox", { name: "Owner", exact: true });

/** Waits until the name has the focus and is selected, and types another one in its place. */
async function typeOver(page: Page, name: string): Promise<void> {
  const field = nameField(dialogs.create(page));
  await expect(field).toBeFocused();
  const selected = () => field.evaluate((input: HTMLInputElement) => input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0));
  await expect.poll(selected).toBe(await field.inputValue());
  await page.keyboard.type(name);
  await expect(field).toHaveValue(name);
}

async function save(page: Page): Promise<void> {
  await press(dialogs.edit(page), "Save changes");
  await expect(dialogs.edit(page)).toBeHidden();
}

test("a key says what it is for, and its tags filter the list", async ({ page, open, server }) => {
  mintKey(server, "Depot", "--tag", "eu", "--description", "Counts boxes", "--location", "Vault, secret/depot");
  mintKey(server, "Mail");
  await open("/keys/new");
  await text(page, "Name").fill("Shop");
  await text(page, "Description").fill("Reads <orders> & writes none");
  await text(page, "Tags").fill("Team:Billing, EU");
  await text(page, "Where this key lives").fill("CI variable SHOP_KEY");
  await submitKey(page);
  await shownToken(page);
  await saveAndClose(page);

  await page.getByRole("button", { name: "More filters", exact: true }).click();
  await page.getByRole("checkbox", { name: "team:billing", exact: true }).check();
  await page.getByRole("button", { name: "Apply", exact: true }).click();
  await expect(row(page, "Depot")).toBeHidden();
  await expect(row(page, "Shop")).toBeVisible();
  await expect(page.getByRole("main").getByRole("status")).toHaveText("1 key");
  await expectAccessible(page);

  await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
  await expect(facts(page)).toContainText("Reads <orders> & writes none");
  await expect(facts(page)).toContainText("CI variable SHOP_KEY");
  await expectAccessible(page);
  await facts(page).getByRole("link", { name: "eu", exact: true }).click();
  await expect(page).toHaveURL("/keys?tag=eu");
  await expect(row(page, "Depot")).toBeVisible();
  await expect(row(page, "Shop")).toBeVisible();
  await expect(row(page, "Mail")).toBeHidden();
});

test("what a key is for is edited, and the history tells it", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--tag", "eu");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}/edit`);
  await expect(text(page, "Tags")).toHaveValue("eu");
  await text(page, "Description").fill("x".repeat(201));
  await text(page, "Tags").fill("a+b");
  await press(dialogs.edit(page), "Save changes");
  await expect(text(page, "Description")).toBeFocused();
  await expect(text(page, "Description")).toHaveAccessibleDescription("A description has at most 200 characters; this one has 201.");
  await expect(text(page, "Tags")).toHaveAccessibleDescription(/^A tag has letters, digits and/);
  await text(page, "Description").fill("Reads orders");
  await text(page, "Tags").fill("us eu");
  await save(page);
  await open(`/keys/${id}?tab=history`);
  const history = page.getByRole("table", { name: "History", exact: true });
  await expect(history).toContainText("Description: none → Reads orders");
  await expect(history).toContainText("Tags: eu → eu, us");
});

test("a key of a disabled person stands out until another person owns it", async ({ page, open, server, browser, watch }) => {
  const person = await anotherPerson({ browser, server, watch }, "developer");
  const made = await person.request.post("/keys/new", { form: { name: "Shop", environment: "default", endpoints: "all", expires: "never" } });
  expect(made.ok()).toBe(true);
  addPerson(server, "developer", "ada");
  await open("/settings/users");
  await page.getByRole("link", { name: "Disable developer", exact: true }).click();
  await press(page.getByRole("alertdialog", { name: "Disable User", exact: true }), "Disable");
  await expect(page.getByText("developer is disabled.")).toBeVisible();

  await open("/");
  const watched = page.getByRole("region", { name: "Needs attention", exact: true });
  await watched.getByRole("link", { name: /^Owner is disabled/ }).click();
  await interactive(page);
  await expect(row(page, "Shop").getByRole("img", { name: "Owner is disabled", exact: true })).toBeVisible();
  await expectAccessible(page);
  await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
  await expect(facts(page)).toContainText("Owner is disabled");
  await expectAccessible(page);

  await page.getByRole("link", { name: "Edit Shop", exact: true }).click();
  await expect(owner(page)).toHaveValue("developer@example.com");
  await owner(page).fill("nobody");
  await press(dialogs.edit(page), "Save changes");
  await expect(owner(page)).toHaveAccessibleDescription("There is no person “nobody”.");
  await owner(page).fill("ad");
  await page.getByRole("option", { name: "ada ada@example.com", exact: true }).click();
  await expectAccessible(page);
  await save(page);
  await expect(facts(page)).not.toContainText("Owner is disabled");
  await expect(facts(page)).toContainText("ada");
  await page.getByRole("tab", { name: "History", exact: true }).click();
  await expect(page.getByRole("table", { name: "History", exact: true })).toContainText("Owner: developer → ada");
  await open("/keys?attention=owner-disabled");
  await expect(page.getByRole("heading", { name: "No key matches", exact: true })).toBeVisible();
});

test("a key is duplicated with other endpoints, and its row has no action for that", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "image", "--tag", "eu", "--limit-day", "9", "--allow-address", "203.0.113.0/24");
  await open("/keys?sort=name");
  const actions = row(page, "Shop").getByRole("cell").last().locator("a, button");
  await expect(actions).toHaveCount(4);
  for (const [index, verb] of ["Edit", "Disable", "Rotate", "Delete"].entries()) {
    await expect(actions.nth(index)).toHaveAccessibleName(`${verb} Shop`);
  }
  await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
  await page.getByRole("link", { name: "Duplicate Shop", exact: true }).click();
  const create = dialogs.create(page);
  await expect(nameField(create)).toHaveValue("Shop (copy)");
  await typeOver(page, "Store");
  await expect(text(page, "Tags")).toHaveValue("eu");
  await expect(text(page, "Requests a day")).toHaveValue("9");
  await expect(text(page, "Allowed addresses")).toHaveValue("203.0.113.0/24");
  const image = create.getByRole("checkbox", { name: "Image", exact: true });
  await expect(image).toBeChecked();
  await expectAccessible(page);
  await image.uncheck();
  await create.getByRole("checkbox", { name: "Chat", exact: true }).check();
  await text(page, "Allowed addresses").fill("");
  await submitKey(page);
  const copy = await shownToken(page);
  await saveAndClose(page);
  await expect(page).toHaveURL("/keys?sort=name");
  expect(copy).not.toBe(token);
  await expect.poll(() => verify(server, copy, "chat")).toBe("VALID");
  expect(await verify(server, copy, "image")).toBe("FORBIDDEN");
  // A further key begins as usual.
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "API Keys", exact: true }).click();
  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  await expect(nameField(create)).toHaveValue(/^New key, /);
});

test("a key is duplicated from its screen, and Esc leads back there", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}`);
  await page.getByRole("link", { name: "Duplicate Shop", exact: true }).click();
  await expect(nameField(dialogs.create(page))).toHaveValue("Shop (copy)");
  await page.keyboard.press("Escape");
  await expect(dialogs.create(page)).toBeHidden();
  await expect(page).toHaveURL(`/keys/${id}`);
  // The form of an existing key offers the same, since its endpoints never change.
  await page.getByRole("link", { name: "Edit Shop", exact: true }).click();
  await dialogs.edit(page).getByRole("link", { name: "duplicate this key", exact: true }).click();
  await expect(nameField(dialogs.create(page))).toHaveValue("Shop (copy)");
});

test("a Viewer duplicates nothing, and a Developer also the keys of others", async ({ server, browser, watch }) => {
  mintKey(server, "Shop");
  const { id } = keyNamed(server, "Shop");
  for (const [role, count] of [["viewer", 0], ["developer", 1]] as const) {
    const person = await anotherPerson({ browser, server, watch }, role);
    await person.goto(`/keys/${id}`);
    await interactive(person);
    await expect(person.getByRole("link", { name: "Duplicate Shop", exact: true })).toHaveCount(count);
    await expect(person.getByRole("link", { name: "Edit Shop", exact: true })).toHaveCount(0);
  }
});

test("the form proposes a selected name, explains all endpoints, and folds limits that nobody has set", async ({ page, open }) => {
  await open("/keys/new");
  const create = dialogs.create(page);
  await typeOver(page, "Shop");
  await expect(create.getByRole("radio", { name: "All endpoints", exact: true })).toHaveAccessibleDescription(
    "All endpoints are also those that are added later.",
  );
  await expect(text(page, "Requests a day")).toBeHidden();
  await showLimits(page);
  await text(page, "Requests a day").fill("lots");
  await showLimits(page);
  await expect(text(page, "Requests a day")).toBeHidden();
  await submitKey(page);
  await expect(text(page, "Requests a day")).toBeVisible();
  await expect(text(page, "Requests a day")).toBeFocused();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a key is duplicated and found by its tag through plain forms", async ({ page, server, allowConsole }) => {
    allowConsole(/request failed: GET \S+\.js csp$/);
    mintKey(server, "Shop", "--tag", "eu", "--limit-day", "9");
    await page.goto("/keys");
    await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
    await page.getByRole("link", { name: "Duplicate Shop", exact: true }).click();
    await expect(nameField(dialogs.create(page))).toHaveValue("Shop (copy)");
    await expect(text(page, "Requests a day")).toHaveValue("9");
    await submitKey(page);
    await shownToken(page);
    await page.goto("/keys?tag=EU");
    await expect(row(page, "Shop")).toBeVisible();
    await expect(row(page, "Shop (copy)")).toBeVisible();
  });
});
