import { expect, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, anotherBrowser, arriveLoggedIn, dialog, dialogs, enter, expectNoKeys, keyNamed, listKeys, logIn, logOut, mintKey, nameField, press, question, row, rowOf, shownToken,
  submitKey, verify,
} from "./journeys.ts";
import { totp } from "./totp.ts";

test.use({ serverEnvironment: WITH_OWNER, javaScriptEnabled: false });

// A browser without scripts does not fetch script files, and it reports to Playwright that a policy forbids it.
test.beforeEach(({ allowConsole }) => allowConsole(/request failed: GET \S+\.js csp$/));

test("a key is created, its token read, and the key deleted", async ({ page, server }) => {
  await logIn(page);
  await page.getByRole("main").getByRole("link", { name: "API Keys", exact: true }).click();
  await expectNoKeys(page);
  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  const create = dialogs.create(page);
  await nameField(create).fill("Shop");
  await create.getByRole("checkbox", { name: "Chat", exact: true }).check();
  await expect(create.getByRole("radio", { name: "All endpoints", exact: true })).toBeChecked();
  await submitKey(page);

  const token = await shownToken(page);
  await expect.poll(() => verify(server, token, "chat")).toBe("VALID");
  expect(await verify(server, token, "image")).toBe("FORBIDDEN");
  await dialogs.save(page).getByRole("button", { name: "Done", exact: true }).click();
  await expect(page).toHaveURL("/keys");
  await expect(row(page, "Shop").getByRole("cell", { name: "Chat", exact: true })).toBeVisible();

  await row(page, "Shop").getByRole("link", { name: "Delete Shop", exact: true }).click();
  await dialogs.delete(page).getByRole("button", { name: "Delete", exact: true }).click();
  await expectNoKeys(page);
  expect(await verify(server, token)).toBe("NOT_FOUND");
});

test("keys are found and disabled", async ({ page, server }) => {
  const token = mintKey(server, "Shop");
  mintKey(server, "Billing");
  await logIn(page);
  await page.goto("/keys");
  await expect(row(page, "Billing")).toBeVisible();
  await page.getByRole("searchbox", { name: "Search keys", exact: true }).fill("sho");
  await page.keyboard.press("Enter");
  await expect(row(page, "Shop")).toBeVisible();
  await expect(row(page, "Billing")).toBeHidden();
  await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
  await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
  expect(await verify(server, token)).toBe("INACTIVE");
  await page.getByRole("button", { name: "Enable Shop", exact: true }).click();
  await expect(row(page, "Shop").getByRole("cell", { name: "Active", exact: true })).toBeVisible();
});

test("a key is edited, even while another person edits it", async ({ page, server, allowConsole }) => {
  allowConsole(/status of (409|422)/);
  const token = mintKey(server, "Shop");
  await logIn(page);
  await page.goto("/keys");
  await row(page, "Shop").getByRole("link", { name: "Edit Shop", exact: true }).click();
  const edit = dialogs.edit(page);
  const save = () => edit.getByRole("button", { name: "Save changes", exact: true }).click();
  await nameField(edit).fill("");
  await save();
  await expect(nameField(edit)).toHaveAccessibleDescription("Give the key a name.");
  await nameField(edit).fill("My shop");
  server.run(["key", "disable", keyNamed(server, "Shop").id]);
  await save();
  await expect(edit.getByRole("alert")).toContainText("The status is now Inactive.");
  await expect(nameField(edit)).toHaveValue("My shop");
  await edit.getByRole("combobox", { name: "Status", exact: true }).selectOption("Active");
  await save();
  await expect(page).toHaveURL("/keys");
  await expect(row(page, "My shop").getByRole("cell", { name: "Active", exact: true })).toBeVisible();
  expect(await verify(server, token)).toBe("VALID");
});

test("a key is rotated, its new token read, and the old one ended", async ({ page, server }) => {
  const old = mintKey(server, "Shop");
  await logIn(page);
  await page.goto("/keys");
  await row(page, "Shop").getByRole("link", { name: "Rotate Shop", exact: true }).click();
  await dialogs.rotate(page).getByRole("button", { name: "Rotate API Key", exact: true }).click();
  const token = await shownToken(page);
  expect([await verify(server, old), await verify(server, token)]).toEqual(["VALID", "VALID"]);
  await dialogs.save(page).getByRole("button", { name: "Done", exact: true }).click();
  await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
  await page.getByRole("button", { name: /^End now/ }).click();
  await expect(page.getByRole("region", { name: "Old and new token", exact: true })).toBeHidden();
  expect([await verify(server, old), await verify(server, token)]).toEqual(["NOT_FOUND", "VALID"]);
});

test("a bias profile is created and given to a key", async ({ page, server }) => {
  await logIn(page);
  await page.goto("/profiles/new");
  const form = page.getByRole("dialog", { name: "Create Bias Profile", exact: true });
  await form.getByRole("textbox", { name: "Name", exact: true }).fill("Strict");
  await form.getByRole("button", { name: "Create Bias Profile", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Strict");
  await page.goto("/keys/new");
  await nameField(dialogs.create(page)).fill("Shop");
  await dialogs.create(page).getByRole("combobox", { name: "Bias Profile", exact: true }).selectOption("Strict");
  await submitKey(page);
  await shownToken(page);
  await page.goto("/keys");
  await expect(row(page, "Shop").getByRole("cell", { name: "Strict v1", exact: true })).toBeVisible();
  await expect.poll(() => keyNamed(server, "Shop").status).toBe("active");
});

test("a customer is created, given a key, suspended, resumed and deleted", async ({ page, server, allowConsole }) => {
  allowConsole(/status of 409/);
  await logIn(page);
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Customers", exact: true }).click();
  await page.getByRole("link", { name: "Create Customer", exact: true }).click();
  const form = dialog(page, "Create Customer");
  await form.getByRole("textbox", { name: "External ID", exact: true }).fill("acme-7");
  await nameField(form).fill("Acme");
  await press(form, "Create Customer");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Acme");
  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  await expect(dialogs.create(page).getByRole("combobox", { name: "Customer", exact: true })).toHaveValue("acme-7");
  await nameField(dialogs.create(page)).fill("Shop");
  await submitKey(page);
  const token = await shownToken(page);
  await dialogs.save(page).getByRole("button", { name: "Done", exact: true }).click();
  await expect(row(page, "Shop")).toContainText("default · Acme · ");
  await page.goto("/customers");
  await page.getByRole("link", { name: "Acme", exact: true }).click();
  await page.getByRole("link", { name: "Suspend Acme", exact: true }).click();
  await press(question(page, "Suspend Customer"), "Suspend");
  await expect(page.getByText(/^Suspended: all its keys are refused/)).toBeVisible();
  expect(await verify(server, token)).toBe("SUSPENDED");
  await page.getByRole("link", { name: "Resume Acme", exact: true }).click();
  await press(question(page, "Resume Customer"), "Resume");
  await expect.poll(() => verify(server, token)).toBe("VALID");
  await page.getByRole("link", { name: "Delete Acme", exact: true }).click();
  await expect(question(page, "Delete Customer")).toContainText("It has 1 key.");
  await expect(question(page, "Delete Customer").getByRole("button")).toHaveCount(0);
  server.run(["key", "delete", keyNamed(server, "Shop").id]);
  await page.reload();
  await press(question(page, "Delete Customer"), "Delete");
  await expect(page).toHaveURL("/customers");
  await expect(page.getByRole("heading", { name: "Create your first customer", exact: true })).toBeVisible();
});

test("the form shows its mistakes together with the typed text", async ({ page, server, allowConsole }) => {
  allowConsole(/status of 422/);
  await logIn(page);
  await page.goto("/keys/new");
  const create = dialogs.create(page);
  await nameField(create).fill("");
  await create.getByRole("checkbox", { name: "Image", exact: true }).check();
  await submitKey(page);
  await expect(nameField(create)).toHaveAccessibleDescription("Give the key a name.");
  await expect(create.getByRole("checkbox", { name: "Image", exact: true })).toBeChecked();
  expect(listKeys(server)).toEqual([]);
});

test("sending a form again creates no second key", async ({ page, server, allowConsole }) => {
  allowConsole(/status of 409/);
  await logIn(page);
  await page.goto("/keys/new");
  await nameField(dialogs.create(page)).fill("Shop");
  await submitKey(page);
  const token = await shownToken(page);
  const again = await page.reload();
  expect(again?.status()).toBe(409);
  await expect(dialogs.create(page).getByRole("alert")).toContainText("was already sent and made the key “Shop”");
  expect(await page.content()).not.toContain(token);
  expect(listKeys(server)).toHaveLength(1);
});

test("a form can be sent after its session has ended", async ({ page, context, server, allowConsole }) => {
  allowConsole(/status of 401/);
  await logIn(page);
  await page.goto("/keys/new");
  await nameField(dialogs.create(page)).fill("Shop");
  await dialogs.create(page).getByRole("checkbox", { name: "Chat", exact: true }).check();
  const other = await context.newPage();
  await other.goto("/");
  await logOut(other);

  await submitKey(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Your session has ended");
  await expect(nameField(page)).toHaveValue("Shop");
  expect(listKeys(server)).toEqual([]);

  await logIn(other);
  await page.getByRole("button", { name: "Create API Key", exact: true }).click();
  const token = await shownToken(page);
  await expect.poll(() => verify(server, token, "chat")).toBe("VALID");
  expect(await verify(server, token, "image")).toBe("FORBIDDEN");
  expect(keyNamed(server, "Shop").status).toBe("active");
});

test("the settings can be read", async ({ page, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "chat");
  await logIn(page);
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Settings", exact: true }).click();
  await expect(page.getByText("Changing settings needs scripts.", { exact: true })).toBeVisible();
  await expect(rowOf(page, "Environments", "default")).toContainText("live");
  await page.getByRole("tab", { name: "Endpoints", exact: true }).click();
  await expect(rowOf(page, "Endpoints", "check-bias")).toContainText("POST /api/bias/check-bias");
  await page.getByRole("tab", { name: "Users", exact: true }).click();
  await expect(rowOf(page, "Users", OWNER.email)).toContainText("Owner");
  await page.getByRole("tab", { name: "Security", exact: true }).click();
  await expect(rowOf(page, "Sessions", "this browser")).toContainText("Chrome on Linux");
  // Controls that need scripts are hidden.
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  await expect(page.getByRole("main").getByLabel("Current password", { exact: true })).toBeHidden();
  await page.goto("/settings/environments/new");
  await expect(rowOf(page, "Environments", "default")).toBeVisible();
  await expect(dialog(page, "Create Environment")).toHaveCount(0);
  expect(await verify(server, token)).toBe("VALID");
});

test("the audit log can be read, filtered, paged and exported", async ({ page, server }) => {
  mintKey(server, "Batch", "--count", "60", "--output", `${server.dataDir}/tokens`);
  await logIn(page);
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Audit Log", exact: true }).click();
  const rows = page.getByRole("table", { name: "Audit Log", exact: true }).getByRole("row");
  await expect(rows).toHaveCount(51);
  const filters = page.getByRole("search", { name: "Events", exact: true });
  await filters.getByRole("combobox", { name: "Action", exact: true }).selectOption("Key: created");
  await press(filters, "Filter");
  await expect(filters.getByRole("combobox", { name: "Action", exact: true })).toHaveValue("key.created");
  await expect(rows).toHaveCount(51);
  await page.getByRole("link", { name: "Older", exact: true }).click();
  await expect(rows).toHaveCount(11);
  const href = await page.getByRole("link", { name: "Export JSONL", exact: true }).getAttribute("href");
  const answer = await page.request.get(href ?? "");
  expect((await answer.text()).trimEnd().split("\n")).toHaveLength(60);
});

test("an invitation is accepted", async ({ page, server, browser, watch, allowConsole }) => {
  allowConsole(/status of (403|422)/);
  const owner = await anotherBrowser({ browser, server, watch });
  await arriveLoggedIn(owner);
  const answer = await owner.request.post("/api/users/invite", { data: { form: { email: "ada@example.com", role: "viewer" } } });
  const { Done: invited } = (await answer.json()) as { Done: { url: string } };
  await page.goto(invited.url);
  await expect(page.getByText("You were invited as Viewer. Sees keys, profiles and usage.", { exact: true })).toBeVisible();
  await page.getByRole("textbox", { name: "Your name", exact: true }).fill("Ada Iyer");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await press(page, "Join");
  await expect(page.getByLabel("Password", { exact: true })).toHaveAccessibleDescription(/12 characters or more; 7 are missing/);
  await expect(page.getByRole("textbox", { name: "Your name", exact: true })).toHaveValue("Ada Iyer");
  await page.getByLabel("Password", { exact: true }).fill("a battery of horses");
  await press(page, "Join");
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("button", { name: "Ada Iyer, user menu", exact: true })).toBeVisible();
});

test("the login asks for the code of the second factor", async ({ page, server, browser, watch, allowConsole }) => {
  allowConsole(/status of 401/);
  const owner = await anotherBrowser({ browser, server, watch });
  await arriveLoggedIn(owner);
  const made = await owner.request.post("/api/account/start-second-factor", { data: {} });
  const seed = ((await made.json()) as { secret: string }).secret.replaceAll(" ", "");
  // The used code is stored for comparison, since half a minute later there is a new code.
  const used = totp(seed);
  const answer = await owner.request.post("/api/account/finish-second-factor", { data: { code: used } });
  const { Done: codes } = (await answer.json()) as { Done: string[] };
  const code = page.getByRole("textbox", { name: "Code", exact: true });
  await page.goto("/login");
  await enter(page, OWNER, "Log in");
  await expect(page).toHaveURL("/login/code");
  await code.fill(used);
  await press(page, "Log in");
  await expect(page.getByRole("alert")).toHaveText("That code is wrong, or it was used already.");
  await code.fill(totp(seed, 1));
  await press(page, "Log in");
  await expect(page).toHaveURL("/");
  await logOut(page);
  await enter(page, OWNER, "Log in");
  await page.getByRole("link", { name: "Use a recovery code", exact: true }).click();
  await code.fill(codes[0] ?? "");
  await press(page, "Log in");
  await expect(page).toHaveURL("/");
});
