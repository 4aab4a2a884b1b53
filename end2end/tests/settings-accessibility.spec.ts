import { expect, expectAccessibleEverywhere, interactive, loseSession, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, addPerson, addServiceAccount, anotherPerson, arriveLoggedIn, createKey, dialog, enter, expectToast, forgetPasswordOnce, mintKey, nameField,
  press, question, rowOf, rowWith,
} from "./journeys.ts";
import { totp } from "./totp.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

test("environments and all their actions are accessible", async ({ page, open, allowConsole }) => {
  test.setTimeout(240_000);
  allowConsole(/status of 401/);
  await open("/settings");
  const environment = rowWith(page, "Environments", "Rename default");
  await expect(environment).toBeVisible();
  await expectAccessibleEverywhere(page);
  await forgetPasswordOnce(page, "environments/reveal");
  await press(environment, "Reveal API key for default");
  const confirm = dialog(page, "Confirm your password");
  await expect(confirm).toBeVisible();
  await expectAccessibleEverywhere(page);
  await confirm.getByLabel("Password", { exact: true }).fill("wrong horse battery");
  await press(confirm, "Confirm");
  await expect(confirm.getByText("That is not your password.", { exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
  await confirm.getByLabel("Password", { exact: true }).fill(OWNER.password);
  await press(confirm, "Confirm");
  await expect(environment).toContainText(/sk_live_\w{36}/);
  await expectAccessibleEverywhere(page);

  await page.getByRole("link", { name: "Create Environment", exact: true }).click();
  await expect(dialog(page, "Create Environment")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(dialog(page, "Create Environment"), "Create Environment");
  await expect(dialog(page, "Create Environment").getByText("Give the environment a name, like staging.", { exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
  await nameField(dialog(page, "Create Environment")).fill("x".repeat(40));
  await press(dialog(page, "Create Environment"), "Create Environment");
  await expect(dialog(page, "Create Environment")).toBeHidden();
  await expectAccessibleEverywhere(page);
  await environment.getByRole("link", { name: "Rename default", exact: true }).click();
  await expect(dialog(page, "Rename Environment")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.keyboard.press("Escape");
  await environment.getByRole("link", { name: "Rotate API key for default", exact: true }).click();
  await expect(dialog(page, "Rotate API Key")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(dialog(page, "Rotate API Key"), "Rotate API key");
  await expect(environment).toContainText("the old token works until");
  await expectAccessibleEverywhere(page);
});

test("endpoints and all their actions are accessible", async ({ page, open, server, allowConsole }) => {
  test.setTimeout(240_000);
  allowConsole(/status of 404/);
  mintKey(server, "Shop");
  await open("/settings/endpoints");
  await expect(rowOf(page, "Endpoints", "chat")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.getByRole("link", { name: "Add Endpoint", exact: true }).click();
  const add = dialog(page, "Add Endpoint");
  await expect(add).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(add, "Add Endpoint");
  await expect(add.getByText(/^Say what a key may call/)).toBeVisible();
  await expectAccessibleEverywhere(page);
  await add.getByRole("textbox", { name: "Title", exact: true }).fill("x".repeat(60));
  await add.getByRole("textbox", { name: "Name", exact: true }).fill("x".repeat(40));
  await add.getByRole("textbox", { name: "Methods and paths", exact: true }).fill(`GET /${"x".repeat(300)}`);
  await press(add, "Add Endpoint");
  await expect(add).toBeHidden();
  await expectAccessibleEverywhere(page);
  await page.getByRole("link", { name: "Edit Image", exact: true }).click();
  await expect(dialog(page, "Edit Endpoint")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Retire Image", exact: true }).click();
  await expect(question(page, "Retire Endpoint")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(question(page, "Retire Endpoint"), "Retire");
  await expect(rowOf(page, "Retired endpoints", "Image")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await open("/settings/endpoints/video/edit");
  await expect(dialog(page, "Edit Endpoint")).toContainText("That is no longer there.");
  await expectAccessibleEverywhere(page);
  await open("/settings/endpoints/video");
  await expect(page.getByRole("heading", { name: "There is no such page", exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
});

test("users and all their actions are accessible", async ({ page, open, server, browser, watch }) => {
  test.setTimeout(240_000);
  addPerson(server, "developer", "x".repeat(40));
  const ada = await anotherPerson({ browser, server, watch }, "developer");
  await ada.goto("/keys/new");
  await interactive(ada);
  await createKey(ada, "Shop");
  await ada.context().close();
  await open("/settings/users");
  const user = rowOf(page, "Users", "developer@example.com");
  await expect(user).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.getByRole("link", { name: "Invite User", exact: true }).click();
  const invite = dialog(page, "Invite User");
  await press(invite, "Invite User");
  await expect(invite.getByRole("textbox", { name: "Email", exact: true })).toHaveAttribute("aria-invalid", "true");
  await expectAccessibleEverywhere(page);
  await invite.getByRole("textbox", { name: "Email", exact: true }).fill("guest@example.com");
  await press(invite, "Invite User");
  await expect(invite.getByRole("textbox", { name: "Invitation link", exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(invite, "Done");
  await expect(rowOf(page, "Invitations", "guest@example.com")).toBeVisible();
  await expectAccessibleEverywhere(page);
  for (const [opener, title] of [
    ["Change role of developer", "Change Role"], ["Transfer keys of developer", "Transfer Keys"], ["Password reset link for developer", "Password Reset Link"],
  ] as const) {
    await user.getByRole("link", { name: opener, exact: true }).click();
    await expect(dialog(page, title)).toBeVisible();
    await expectAccessibleEverywhere(page);
    await page.keyboard.press("Escape");
    await expect(dialog(page, title)).toBeHidden();
  }
  await user.getByRole("link", { name: "Disable developer", exact: true }).click();
  await expect(question(page, "Disable User")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(question(page, "Disable User"), "Disable");
  await expectToast(page, "developer is disabled.");
  await expect(user).toContainText("Disabled");
  await expectAccessibleEverywhere(page);
});

test("service accounts and all their actions are accessible", async ({ page, open, server }) => {
  test.setTimeout(240_000);
  addServiceAccount(server, "x".repeat(40), "--environment", "default", "--expires", "90d");
  await open("/settings/service-accounts");
  await expect(rowOf(page, "Service Accounts", "x".repeat(40))).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.getByRole("link", { name: "Create Service Account", exact: true }).click();
  const create = dialog(page, "Create Service Account");
  await press(create, "Create Service Account");
  await expect(create.getByRole("textbox", { name: "Name", exact: true })).toHaveAttribute("aria-invalid", "true");
  await expectAccessibleEverywhere(page);
  await create.getByRole("textbox", { name: "Name", exact: true }).fill("billing");
  await press(create, "Create Service Account");
  const save = dialog(page, "Save your service token");
  await expect(save).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(save, "Done");
  await expect(save.getByRole("alert")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(save, "Close without copying");
  const billing = rowOf(page, "Service Accounts", "billing");
  for (const [opener, title] of [["Edit billing", "Edit Service Account"], ["Add token to billing", "Add Token"]] as const) {
    await billing.getByRole("link", { name: opener, exact: true }).click();
    await expect(dialog(page, title)).toBeVisible();
    await expectAccessibleEverywhere(page);
    await page.keyboard.press("Escape");
    await expect(dialog(page, title)).toBeHidden();
  }
  await billing.getByRole("link", { name: /^End token lkm_/ }).click();
  await expect(question(page, "End Token")).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.keyboard.press("Escape");
  await billing.getByRole("link", { name: "Disable billing", exact: true }).click();
  await press(question(page, "Disable Service Account"), "Disable");
  await expect(billing).toContainText("Disabled");
  await expectAccessibleEverywhere(page);
  await billing.getByRole("link", { name: "Delete billing", exact: true }).click();
  await expect(question(page, "Delete Service Account")).toBeVisible();
  await expectAccessibleEverywhere(page);
});

test("security, and the second factor from its setup to the login, are accessible", async ({ page, open, allowConsole }) => {
  allowConsole(/status of 401/);
  test.setTimeout(240_000);
  await open("/settings/security");
  await expect(page.getByRole("table", { name: "Sessions", exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
  await press(page, "Change password");
  await expect(page.getByLabel("New password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expectAccessibleEverywhere(page);
  await page.getByRole("link", { name: "Set up", exact: true }).click();
  const setUp = dialog(page, "Set up second factor");
  await expect(setUp).toContainText(/[A-Z2-7]{4}( [A-Z2-7]{4}){7}/);
  await expectAccessibleEverywhere(page);
  const seed = (/[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/.exec((await setUp.textContent()) ?? "")?.[0] ?? "").replaceAll(" ", "");
  await press(setUp, "Turn on");
  await expect(setUp.getByText(/^That is not the code/)).toBeVisible();
  await expectAccessibleEverywhere(page);
  await setUp.getByRole("textbox", { name: "Code", exact: true }).fill(totp(seed));
  await press(setUp, "Turn on");
  const save = dialog(page, "Save your recovery codes");
  await expect(save).toBeVisible();
  await expectAccessibleEverywhere(page);
  await save.getByRole("checkbox", { name: "I have stored them", exact: true }).check();
  await press(save, "Done");
  await expect(page.getByText("10 recovery codes are left.", { exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.getByRole("link", { name: "Turn off", exact: true }).click();
  await expect(question(page, "Turn off second factor")).toBeVisible();
  await expectAccessibleEverywhere(page);

  await loseSession(page);
  await page.goto("/login");
  await enter(page, OWNER, "Log in");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Enter your code");
  await expectAccessibleEverywhere(page);
  await page.getByRole("textbox", { name: "Code", exact: true }).fill("000000");
  await press(page, "Log in");
  await expect(page.getByRole("alert")).toBeVisible();
  await expectAccessibleEverywhere(page);
});

test("the page of an invitation is accessible", async ({ page, context, open, allowConsole }) => {
  allowConsole(/status of (403|422)/);
  const answer = await context.request.post("/api/users/invite", { data: { form: { email: "ada@example.com", role: "admin" } } });
  const { Done: invited } = (await answer.json()) as { Done: { url: string } };
  await context.clearCookies();
  await open(invited.url);
  await expect(page.getByRole("button", { name: "Join", exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
  await page.getByLabel("Password", { exact: true }).fill("short");
  await press(page, "Join");
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expectAccessibleEverywhere(page);
  await open("/invite?link=spent");
  await expect(page.getByRole("alert")).toBeVisible();
  await expectAccessibleEverywhere(page);
});

test("the audit log is accessible", async ({ page, open, server }) => {
  mintKey(server, "x".repeat(100), "--count", "60", "--output", `${server.dataDir}/tokens`);
  await open("/audit");
  await expect(page.getByText("chain intact", { exact: true })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Pages", exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
  await open("/audit?actor=system&action=key.deleted");
  await expect(page.getByRole("heading", { name: "No event matches", exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
});

test("screens without permission are accessible", async ({ page, context, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  const person = addPerson(server, "developer");
  await context.clearCookies();
  await arriveLoggedIn(context, person);
  for (const path of ["/audit", "/settings/users", "/settings/nodes"]) {
    await open(path);
    await expect(page.getByRole("heading", { name: "You may not see this", exact: true })).toBeVisible();
    await expectAccessibleEverywhere(page);
  }
});

test("read-only settings are accessible", async ({ page, context, open, server }) => {
  const person = addPerson(server, "developer");
  await context.clearCookies();
  await arriveLoggedIn(context, person);
  for (const [path, table] of [["/settings", "Environments"], ["/settings/endpoints", "Endpoints"]] as const) {
    await open(path);
    await expect(page.getByRole("table", { name: table, exact: true })).toBeVisible();
    await expectAccessibleEverywhere(page);
  }
});

test("arrow keys move among the tabs, and Enter or Space opens one", async ({ page, open }) => {
  await open("/settings");
  const tab = (name: string) => page.getByRole("tab", { name, exact: true });
  await expect(page.getByRole("tablist", { name: "Settings", exact: true }).getByRole("tab")).toHaveText(["Environments", "Endpoints", "Users", "Service Accounts", "Nodes", "Security"]);
  await expect(page.getByRole("tabpanel", { name: "Environments", exact: true })).toBeVisible();
  await tab("Environments").focus();
  for (const [key, focused] of [
    ["ArrowLeft", "Security"], ["ArrowRight", "Environments"], ["End", "Security"], ["Home", "Environments"], ["ArrowRight", "Endpoints"],
  ] as const) {
    await page.keyboard.press(key);
    await expect(tab(focused)).toBeFocused();
  }
  await expect(tab("Environments")).toHaveAttribute("aria-selected", "true");
  for (const [key, name, path] of [["Enter", "Endpoints", "/settings/endpoints"], ["Space", "Users", "/settings/users"]] as const) {
    await page.keyboard.press(key);
    await expect(page).toHaveURL(path);
    await expect(tab(name)).toHaveAttribute("aria-selected", "true");
    await expect(tab(name)).toBeFocused();
    await expect(page.getByRole("tab", { selected: true })).toHaveCount(1);
    await expect(page.getByRole("tabpanel", { name, exact: true })).toBeVisible();
    await page.keyboard.press("ArrowRight");
  }
});

test("every dialog of the settings returns the focus to the element that opened it", async ({ page, open, server }) => {
  addPerson(server, "developer");
  addServiceAccount(server, "billing");
  for (const [path, opener, title] of [
    ["/settings", "Create Environment", "Create Environment"],
    ["/settings", "Rename default", "Rename Environment"],
    ["/settings", "Rotate API key for default", "Rotate API Key"],
    ["/settings/endpoints", "Add Endpoint", "Add Endpoint"],
    ["/settings/endpoints", "Edit Chat", "Edit Endpoint"],
    ["/settings/endpoints", "Retire Chat", "Retire Endpoint"],
    ["/settings/users", "Invite User", "Invite User"],
    ["/settings/users", "Change role of developer", "Change Role"],
    ["/settings/users", "Password reset link for developer", "Password Reset Link"],
    ["/settings/users", "Disable developer", "Disable User"],
    ["/settings/service-accounts", "Create Service Account", "Create Service Account"],
    ["/settings/service-accounts", "Edit billing", "Edit Service Account"],
    ["/settings/service-accounts", "Add token to billing", "Add Token"],
    ["/settings/service-accounts", "Disable billing", "Disable Service Account"],
    ["/settings/service-accounts", "Delete billing", "Delete Service Account"],
    ["/settings/security", "Set up", "Set up second factor"],
  ] as const) {
    await test.step(title, async () => {
      await open(path);
      const link = page.getByRole("link", { name: opener, exact: true });
      const opened = dialog(page, title).or(question(page, title));
      for (const leave of [() => page.keyboard.press("Escape"), () => press(opened, "Cancel"), () => page.goBack()]) {
        await link.press("Enter");
        await expect(opened).toBeVisible();
        await expect(opened.locator(":focus")).toHaveCount(1);
        await leave();
        await expect(opened).toBeHidden();
        await expect(page).toHaveURL(path);
        await expect(link).toBeFocused();
      }
    });
  }
});
