import type { BrowserContext, Locator, Page } from "@playwright/test";
import { expect, expectAccessibleEverywhere, type Server, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, keyNamed, logIn, mintKey, nameField, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const profileDialogs = {
  create: (page: Page) => page.getByRole("dialog", { name: "Create Bias Profile", exact: true }),
  edit: (page: Page) => page.getByRole("dialog", { name: "Edit Bias Profile", exact: true }),
  delete: (page: Page) => page.getByRole("alertdialog", { name: "Delete Bias Profile", exact: true }),
};

function profileRow(page: Page, name: string): Locator {
  const link = page.getByRole("link", { name, exact: true });
  return page.getByRole("table", { name: "Bias Profiles", exact: true }).getByRole("row").filter({ has: link });
}

const threshold = (dialog: Locator, category: string) =>
  dialog.getByRole("spinbutton", { name: `${category} threshold`, exact: true });
const action = (dialog: Locator, category: string) =>
  dialog.getByRole("combobox", { name: `${category} action`, exact: true });
const press = (dialog: Locator, button: string) => dialog.getByRole("button", { name: button, exact: true }).click();

type Changes = { name?: string; on?: string[]; genderFrom?: number; version?: number };

/** Posts a bias profile like the plain form, and returns the URL of its page. */
async function post(context: BrowserContext, path: string, changes: Changes): Promise<string> {
  const { name = "Strict", on = ["age", "gender"], genderFrom = 71, version = "" } = changes;
  const fields = new URLSearchParams({ name, description: "", version: `${version}` });
  for (let index = 0; index < 9; index++) {
    fields.append("threshold", index === 2 ? `${genderFrom}` : "71");
    fields.append("action", "flag");
  }
  for (const category of on) fields.append("on", category);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await context.request.post(path, { data: fields.toString(), headers, maxRedirects: 0 });
  expect(answer.status()).toBe(303);
  return answer.headers()["location"] ?? "";
}

const makeProfile = (context: BrowserContext, changes: Changes = {}) => post(context, "/profiles/new", changes);

type Delivered = { name: string; version: number; categories: { category: string; threshold: number; action: string }[] };

/** The bias profile that the verifier delivers to a service with a key. */
async function delivered(server: Server, key: string): Promise<Delivered | null> {
  const answer = await fetch(`${server.url}/v1/keys/verify`, { method: "POST", body: JSON.stringify({ key, endpoint: "chat" }) });
  const { biasProfile } = (await answer.json()) as { biasProfile: Delivered | null };
  return biasProfile;
}

/** Creates a key with this bias profile, and waits until the running server has it. */
async function keyWith(server: Server, name: string, profile = "Strict"): Promise<string> {
  const token = mintKey(server, name, "--profile", profile);
  await expect.poll(() => verify(server, token)).toBe("VALID");
  return token;
}

test.describe("with scripts", () => {
  test.beforeEach(({ context }) => arriveLoggedIn(context));

  test("a profile is created and delivered with the key that has it", async ({ page, open, server }) => {
    await open("/profiles");
    await expect(page.getByRole("heading", { name: "Create your first bias profile", exact: true })).toBeVisible();
    await page.getByRole("link", { name: "Create Bias Profile", exact: true }).press("Enter");
    const create = profileDialogs.create(page);
    await expect(page).toHaveURL("/profiles/new");
    await expect(nameField(create)).toBeFocused();
    await nameField(create).fill("Strict");
    await create.getByRole("textbox", { name: "Description", exact: true }).fill("For <b>the</b> shop & more");
    await threshold(create, "Gender").fill("30");
    await action(create, "Gender").selectOption("Block");
    await create.getByRole("checkbox", { name: "Religion", exact: true }).uncheck();
    await press(create, "Create Bias Profile");
    await expect(page.getByText("Strict is created.", { exact: true })).toBeVisible();
    await expect(create).toBeHidden();
    await expect(page).toHaveURL("/profiles");
    await expect(profileRow(page, "Strict")).toContainText("For <b>the</b> shop & more");
    await expect(profileRow(page, "Strict").getByRole("cell", { name: "8 of 9", exact: true })).toBeVisible();

    const profile = await delivered(server, await keyWith(server, "Shop"));
    expect(profile).toMatchObject({ name: "Strict", version: 1 });
    expect(profile?.categories).toHaveLength(8);
    expect(profile?.categories).toContainEqual({ category: "gender", threshold: 30, action: "block" });
    await expect(profileRow(page, "Strict").getByRole("link", { name: "1", exact: true })).toBeVisible();
  });

  test("an edit makes a new version, which is in force at once", async ({ page, context, open, server }) => {
    await makeProfile(context);
    const token = await keyWith(server, "Shop");
    await open("/profiles");
    await profileRow(page, "Strict").getByRole("link", { name: "Edit Strict", exact: true }).click();
    const edit = profileDialogs.edit(page);
    await expect(threshold(edit, "Gender")).toHaveValue("71");
    await expect(edit.getByRole("checkbox", { name: "Religion", exact: true })).not.toBeChecked();
    await threshold(edit, "Gender").fill("30");
    await action(edit, "Gender").selectOption("Block");
    await press(edit, "Save changes");
    await expect(page.getByText("Strict is saved as version 2.", { exact: true })).toBeVisible();
    expect(await delivered(server, token)).toMatchObject({
      version: 2,
      categories: [{ category: "age", threshold: 71, action: "flag" }, { category: "gender", threshold: 30, action: "block" }],
    });
    await expect(edit).toBeHidden();

    await page.getByRole("link", { name: "Strict", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Strict", exact: true })).toBeVisible();
    const changes = page.getByRole("table", { name: "What changed", exact: true });
    await expect(changes.getByRole("row")).toHaveCount(2);
    await expect(changes.getByRole("row").last().getByRole("cell")).toHaveText(["Gender", "Flag from 71", "Block from 30"]);
  });

  test("a form that changes nothing makes no version", async ({ page, context, open }) => {
    await open(`${await makeProfile(context)}/edit`);
    await press(profileDialogs.edit(page), "Save changes");
    await expect(page.getByText("Nothing was changed; Strict stays at version 1.", { exact: true })).toBeVisible();
  });

  test("a dialog that was opened on the screen of a profile leads back to that screen", async ({ page, context, open }) => {
    const path = await makeProfile(context);
    await open(path);
    await expect(page.getByText("There is only one version, so there is nothing to compare yet.")).toBeVisible();
    await page.getByRole("link", { name: "Edit Strict", exact: true }).click();
    await threshold(profileDialogs.edit(page), "Age").fill("0");
    await press(profileDialogs.edit(page), "Save changes");
    await expect(page).toHaveURL(path);
    await expect(page.getByRole("heading", { name: "What changed", exact: true })).toBeVisible();
  });

  test("any two versions can be compared, and the URL names them", async ({ page, context, open }) => {
    const path = await makeProfile(context);
    await post(context, `${path}/edit`, { genderFrom: 30, version: 1 });
    await post(context, `${path}/edit`, { name: "Stricter", genderFrom: 20, version: 2 });
    await open(path);
    const from = page.getByLabel("Compare", { exact: true });
    const to = page.getByLabel("with", { exact: true });
    const said = page.getByRole("main").getByRole("status");
    await expect(said).toHaveText("2 changes from version 2 to version 3.");
    await expect(from).toHaveValue("2");
    await expect(to).toHaveValue("3");
    await from.selectOption("Version 1");
    await expect(page).toHaveURL(`${path}?from=1&to=3`);
    const changes = page.getByRole("table", { name: "What changed", exact: true });
    await expect(changes.getByRole("row").nth(1).getByRole("cell")).toHaveText(["Name", "Strict", "Stricter"]);
    await expect(changes.getByRole("row").nth(2).getByRole("cell")).toHaveText(["Gender", "Flag from 71", "Flag from 20"]);
    await to.selectOption("Version 1");
    await expect(said).toHaveText("Nothing differs.");
    await expect(changes).toHaveCount(0);
    await page.reload();
    await expect(said).toHaveText("Nothing differs.");
    await expect(to).toHaveValue("1");
  });

  test("the picture follows the threshold as it is typed", async ({ page, open }) => {
    await open("/profiles/new");
    const create = profileDialogs.create(page);
    const line = create.getByRole("listitem").filter({ has: page.getByRole("checkbox", { name: "Gender", exact: true }) });
    const mark = line.locator(".bands__mark");
    await expect(threshold(create, "Gender")).toHaveAccessibleDescription("from 71, high");
    await expect(mark).toHaveAttribute("x", "70.30%");
    await threshold(create, "Gender").fill("31");
    await expect(threshold(create, "Gender")).toHaveAccessibleDescription("from 31, moderate");
    await expect(mark).toHaveAttribute("x", "30.69%");
    await threshold(create, "Gender").fill("101");
    await expect(threshold(create, "Gender")).toHaveAccessibleDescription("no score");
    await expect(mark).toBeHidden();
  });

  test("a preset fills in all categories, and nothing else that was typed is lost", async ({ page, open }) => {
    await open("/profiles/new");
    const create = profileDialogs.create(page);
    await nameField(create).fill("Shop");
    await create.getByRole("checkbox", { name: "Religion", exact: true }).uncheck();
    await threshold(create, "Gender").fill("101");
    await press(create, "Strict");
    await expect(create.getByRole("checkbox", { checked: true })).toHaveCount(9);
    await expect(threshold(create, "Gender")).toHaveValue("31");
    await expect(threshold(create, "Gender")).toHaveAccessibleDescription("from 31, moderate");
    await expect(action(create, "Gender")).toHaveValue("block");
    await expect(nameField(create)).toHaveValue("Shop");
    await expect(create.getByRole("status").filter({ hasText: "All categories: on, Block from 31." })).toBeAttached();
    await press(create, "Lenient");
    await expect(threshold(create, "Age")).toHaveValue("71");
    await expect(action(create, "Age")).toHaveValue("flag");
    await expect(page).toHaveURL("/profiles/new");
    // Enter saves, and is no preset.
    await threshold(create, "Age").fill("50");
    await nameField(create).press("Enter");
    await expect(page.getByText("Shop is created.", { exact: true })).toBeVisible();
    await expect(profileRow(page, "Shop").getByRole("cell", { name: "9 of 9", exact: true })).toBeVisible();
  });

  test("one control sets the value of every category", async ({ page, context, open }) => {
    await open(`${await makeProfile(context)}/edit`);
    const edit = profileDialogs.edit(page);
    const all = edit.getByRole("spinbutton", { name: "Threshold for all", exact: true });
    await all.fill("101");
    await press(edit, "Set all");
    await expect(all).toHaveAccessibleDescription("A threshold is a whole number from 0 to 100.");
    await expect(threshold(edit, "Gender")).toHaveValue("71");
    await all.fill("40");
    await edit.getByRole("combobox", { name: "Action for all", exact: true }).selectOption("Block");
    await press(edit, "Set all");
    for (const category of ["Age", "Gender", "Religion"]) {
      await expect(threshold(edit, category)).toHaveValue("40");
      await expect(action(edit, category)).toHaveValue("block");
    }
    await expect(edit.getByRole("checkbox", { name: "Religion", exact: true })).not.toBeChecked();
    await press(edit, "Save changes");
    await expect(page.getByText("Strict is saved as version 2.", { exact: true })).toBeVisible();
  });

  test("mistakes are shown at their fields, and the typed text stays", async ({ page, context, open }) => {
    await makeProfile(context);
    await open("/profiles/new");
    const create = profileDialogs.create(page);
    await threshold(create, "Gender").fill("101");
    await press(create, "Create Bias Profile");
    await expect(nameField(create)).toHaveAccessibleDescription("Give the profile a name.");
    await expect(nameField(create)).toBeFocused();
    await expect(threshold(create, "Gender")).toHaveAccessibleDescription("Gender: a threshold is a whole number from 0 to 100.");
    await expect(threshold(create, "Gender")).toHaveValue("101");
    await threshold(create, "Gender").fill("100");
    await nameField(create).fill("sTRICT");
    await press(create, "Create Bias Profile");
    await expect(nameField(create)).toHaveAccessibleDescription("Another profile has this name. Choose a different one.");
    await nameField(create).fill("Lax");
    await press(create, "Create Bias Profile");
    await expect(profileRow(page, "Lax")).toBeVisible();
  });

  test("the second of two editors is told before anything is overwritten", async ({ page, context, open, server }) => {
    const path = await makeProfile(context);
    const token = await keyWith(server, "Shop");
    await open(`${path}/edit`);
    const edit = profileDialogs.edit(page);
    await threshold(edit, "Gender").fill("50");
    await post(context, `${path}/edit`, { genderFrom: 30, version: 1 });
    await press(edit, "Save changes");
    await expect(edit.getByRole("alert")).toContainText("made version 2 meanwhile");
    await expect(threshold(edit, "Gender")).toHaveValue("50");
    expect((await delivered(server, token))?.version).toBe(2);
    await press(edit, "Save changes");
    await expect(edit).toBeHidden();
    expect(await delivered(server, token)).toMatchObject({ version: 3 });
  });

  test("a profile can be deleted only if no key uses it", async ({ page, context, open, server }) => {
    await makeProfile(context);
    const token = await keyWith(server, "Shop");
    await keyWith(server, "Mail");
    await open("/profiles");
    await profileRow(page, "Strict").getByRole("link", { name: "Delete Strict", exact: true }).press("Enter");
    const question = profileDialogs.delete(page);
    await expect(question).toContainText("2 keys use it.");
    const link = question.getByRole("link", { name: "Shop", exact: true });
    await expect(link).toHaveAttribute("href", `/keys/${keyNamed(server, "Shop").id}`);
    await expect(question.getByRole("link", { name: "Mail", exact: true })).toBeVisible();
    await expect(question.getByRole("button")).toHaveCount(0);
    await expect(question.getByRole("link", { name: "Close", exact: true })).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(question).toBeHidden();
    await expect(page).toHaveURL("/profiles");
    expect(await delivered(server, token)).toMatchObject({ name: "Strict" });

    for (const name of ["Shop", "Mail"]) server.run(["key", "delete", keyNamed(server, name).id]);
    await page.getByRole("link", { name: "Delete Strict", exact: true }).click();
    await expect(question).toContainText("Deletion is permanent and cannot be undone.");
    await expect(question.getByRole("link", { name: "Cancel", exact: true })).toBeFocused();
    await press(question, "Delete");
    await expect(page.getByText("Strict is deleted.", { exact: true })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Create your first bias profile", exact: true })).toBeVisible();
  });

  test("a key that gets the profile while the question is open keeps it", async ({ page, context, open, server, allowConsole }) => {
    allowConsole(/status of 409/);
    await open(`${await makeProfile(context)}/delete`);
    const question = profileDialogs.delete(page);
    await expect(question.getByRole("button", { name: "Delete", exact: true })).toBeVisible();
    const token = await keyWith(server, "Shop");
    await press(question, "Delete");
    await expect(question.getByRole("alert")).toContainText("“Strict” cannot be deleted while 1 key uses it: “Shop”.");
    expect(await delivered(server, token)).toMatchObject({ name: "Strict" });
  });

  for (const path of ["prof_0123456789", "prof_0123456789/edit", "nonsense/delete"]) {
    test(`the page at /profiles/${path} says that there is no such profile`, async ({ page, open, allowConsole }) => {
      allowConsole(/status of 404/);
      await open(`/profiles/${path}`);
      await expect(page.getByText(/^There is no bias profile .* It may have been deleted\.$/)).toBeVisible();
    });
  }

  test("a viewer sees profiles but cannot change them", async ({ page, context, open, server, allowConsole }) => {
    allowConsole(/status of 403/);
    const path = await makeProfile(context);
    await context.clearCookies();
    const viewer = { email: "viewer@example.com", password: "a battery of horses" };
    server.run(["user", "add", "--email", viewer.email, "--role", "viewer"], viewer.password);
    await logIn(page, viewer);
    await open("/profiles");
    await expect(profileRow(page, "Strict")).toBeVisible();
    await expect(page.getByRole("columnheader")).toHaveText(["Name", "Version", "Categories", "Keys"]);
    await expect(page.getByRole("link", { name: /^(Edit|Delete|Create)/ })).toHaveCount(0);
    await open(path);
    await expect(page.getByRole("heading", { level: 1, name: "Strict", exact: true })).toBeVisible();
    await expect(page.getByRole("link", { name: /^(Edit|Delete)/ })).toHaveCount(0);
    await open("/profiles/new");
    await expect(profileDialogs.create(page).getByRole("alert")).toHaveText(
      "Viewers can't change bias profiles. Ask an admin.",
    );
    await open(`${path}/delete`);
    await expect(profileDialogs.delete(page).getByRole("alert")).toBeVisible();
    await expect(profileDialogs.delete(page).getByRole("button")).toHaveCount(0);
  });
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  // A browser without scripts does not fetch script files, and it reports to Playwright that a policy forbids it.
  test.beforeEach(({ allowConsole }) => allowConsole(/request failed: GET \S+\.js csp$/));

  test("presets and one value for all fill in the form, and nothing typed is lost", async ({ page, allowConsole }) => {
    allowConsole(/status of 422/);
    await logIn(page);
    await page.goto("/profiles/new");
    const create = profileDialogs.create(page);
    await nameField(create).fill("Shop");
    await create.getByRole("textbox", { name: "Description", exact: true }).fill("</textarea> & co");
    await press(create, "Strict");
    await expect(threshold(create, "Gender")).toHaveValue("31");
    await expect(action(create, "Gender")).toHaveValue("block");
    await expect(nameField(create)).toHaveValue("Shop");
    await expect(create.getByRole("textbox", { name: "Description", exact: true })).toHaveValue("</textarea> & co");
    await create.getByRole("checkbox", { name: "Religion", exact: true }).uncheck();
    const all = create.getByRole("spinbutton", { name: "Threshold for all", exact: true });
    await all.fill("101");
    await press(create, "Set all");
    await expect(all).toHaveAccessibleDescription("A threshold is a whole number from 0 to 100.");
    await all.fill("40");
    await press(create, "Set all");
    await expect(threshold(create, "Age")).toHaveValue("40");
    await expect(create.getByRole("checkbox", { name: "Religion", exact: true })).not.toBeChecked();
    await nameField(create).press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: "Shop", exact: true })).toBeVisible();
  });

  test("a profile is created, edited, compared and deleted", async ({ page, server, allowConsole }) => {
    allowConsole(/status of 422/);
    await logIn(page);
    await page.goto("/profiles");
    await page.getByRole("link", { name: "Create Bias Profile", exact: true }).click();
    const create = profileDialogs.create(page);
    await threshold(create, "Gender").fill("30");
    await create.getByRole("checkbox", { name: "Religion", exact: true }).uncheck();
    await create.getByRole("textbox", { name: "Description", exact: true }).fill("</textarea> & co");
    await press(create, "Create Bias Profile");
    await expect(nameField(create)).toHaveAccessibleDescription("Give the profile a name.");
    await expect(threshold(create, "Gender")).toHaveValue("30");
    await expect(create.getByRole("checkbox", { name: "Religion", exact: true })).not.toBeChecked();
    await expect(create.getByRole("textbox", { name: "Description", exact: true })).toHaveValue("</textarea> & co");
    await nameField(create).fill("Strict");
    await press(create, "Create Bias Profile");
    await expect(page.getByRole("heading", { level: 1, name: "Strict", exact: true })).toBeVisible();
    const token = await keyWith(server, "Shop");

    await page.getByRole("link", { name: "Edit Strict", exact: true }).click();
    await action(profileDialogs.edit(page), "Gender").selectOption("Block");
    await press(profileDialogs.edit(page), "Save changes");
    await expect(page.getByText("1 change from version 1 to version 2.")).toBeVisible();
    expect((await delivered(server, token))?.categories).toContainEqual({ category: "gender", threshold: 30, action: "block" });
    await page.getByLabel("Compare", { exact: true }).selectOption("Version 2");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page.getByText("Nothing differs.", { exact: true })).toBeVisible();

    await page.getByRole("link", { name: "Delete Strict", exact: true }).click();
    await expect(profileDialogs.delete(page)).toContainText("1 key uses it.");
    server.run(["key", "delete", keyNamed(server, "Shop").id]);
    await page.reload();
    await press(profileDialogs.delete(page), "Delete");
    await expect(page).toHaveURL("/profiles");
    await expect(page.getByRole("heading", { name: "Create your first bias profile", exact: true })).toBeVisible();
  });
});

test.describe("accessibility", () => {
  test.beforeEach(({ context }) => arriveLoggedIn(context));

  test("the list and the screen of a profile are accessible", async ({ page, context, open, server }) => {
    await open("/profiles");
    await expect(page.getByRole("heading", { name: "Create your first bias profile", exact: true })).toBeVisible();
    await expectAccessibleEverywhere(page);
    await makeProfile(context, { name: "x".repeat(60) });
    const path = await makeProfile(context);
    await keyWith(server, "Shop");
    await post(context, `${path}/edit`, { genderFrom: 0, on: ["gender"], version: 1 });
    await open("/profiles");
    await expect(profileRow(page, "Strict")).toBeVisible();
    await expectAccessibleEverywhere(page);
    await open(path);
    await expect(page.getByRole("table", { name: "What changed", exact: true })).toBeVisible();
    await expectAccessibleEverywhere(page);
  });

  test("the form with its errors is accessible", async ({ page, open }) => {
    await open("/profiles/new");
    const create = profileDialogs.create(page);
    await expect(nameField(create)).toBeFocused();
    await create.getByRole("checkbox", { name: "Religion", exact: true }).uncheck();
    await expectAccessibleEverywhere(page);
    await threshold(create, "Gender").fill("101");
    await press(create, "Create Bias Profile");
    await expect(create.getByText("Give the profile a name.")).toBeVisible();
    await expectAccessibleEverywhere(page);
  });

  test("both dialogs before a profile is deleted are accessible", async ({ page, context, open, server }) => {
    const path = await makeProfile(context);
    await open(`${path}/delete`);
    await expect(profileDialogs.delete(page).getByRole("button", { name: "Delete", exact: true })).toBeVisible();
    await expectAccessibleEverywhere(page);
    await keyWith(server, "Shop");
    await open(`${path}/delete`);
    await expect(profileDialogs.delete(page)).toContainText("1 key uses it.");
    await expectAccessibleEverywhere(page);
  });
});
