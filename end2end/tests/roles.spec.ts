import { expect, test } from "./fixture.ts";
import { WITH_OWNER, addPerson, createKey, dialog, dialogs, expectToast, keyNamed, logIn, mintKey, press, row, rowOf, rowWith, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("a viewer sees keys and changes none", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  const token = mintKey(server, "Shop");
  await logIn(page, addPerson(server, "viewer"));
  await open("/keys");
  await expect(row(page, "Shop")).toContainText(`sk_live_…${token.slice(-4)}`);
  await expect(row(page, "Shop").getByRole("button")).toHaveCount(0);
  await expect(row(page, "Shop").getByRole("cell").last().getByRole("link")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Create API Key", exact: true })).toHaveCount(0);
  await open("/keys/new");
  await expect(dialogs.create(page).getByRole("alert")).toHaveText("As a Viewer you cannot create keys. Ask an administrator.");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}/delete`);
  await expect(dialogs.delete(page).getByRole("alert")).toBeVisible();
  for (const path of [`/keys/${id}/delete`, `/keys/${id}/disable`, "/keys/new"]) {
    const answer = await page.request.post(path, { form: { name: "x", environment: "default" }, maxRedirects: 0 });
    expect([path, answer.status()]).toEqual([path, 403]);
  }
  expect(await verify(server, token)).toBe("VALID");
});

test("a developer changes only keys of their own", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  mintKey(server, "Somebody's");
  await logIn(page, addPerson(server, "developer"));
  await open("/keys/new");
  await createKey(page, "Mine");
  await page.getByRole("button", { name: "Copy API key", exact: true }).click();
  await page.getByRole("button", { name: "Done", exact: true }).click();
  await expect(row(page, "Mine").getByRole("link", { name: "Delete Mine", exact: true })).toBeVisible();
  await expect(row(page, "Mine")).toContainText("default · developer");
  await expect(row(page, "Somebody's").getByRole("cell").last().getByRole("link")).toHaveCount(0);
  await open(`/keys/${keyNamed(server, "Somebody's").id}/delete`);
  await expect(dialogs.delete(page).getByRole("alert")).toHaveText("As a Developer you can change only the keys that you created.");
});

for (const [role, title] of [["viewer", "Viewer"], ["developer", "Developer"]] as const) {
  test(`a ${role} has the own account in the settings and nothing else`, async ({ page, open, server, allowConsole }) => {
    allowConsole(/status of 403/);
    const person = addPerson(server, role);
    await logIn(page, person);
    await open("/");
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Settings", exact: true }).click();
    const refused = page.getByRole("heading", { name: "You may not see this", exact: true });
    await expect(refused).toBeVisible();
    await expect(page.getByText(`As a ${title} you cannot see and change environments. Ask an administrator.`, { exact: true })).toBeVisible();
    await expect(page.getByRole("link", { name: "Create Environment", exact: true })).toHaveCount(0);
    for (const [tab, sentence] of [
      ["Endpoints", `As a ${title} you cannot see and change the catalogue of endpoints. Ask an administrator.`],
      ["Users", `As a ${title} you cannot see and manage people. Ask an owner.`],
    ] as const) {
      await page.getByRole("tab", { name: tab, exact: true }).click();
      await expect(page.getByText(sentence, { exact: true })).toBeVisible();
      await expect(page.getByRole("table")).toHaveCount(0);
    }
    await page.getByRole("button", { name: /user menu$/ }).click();
    await page.getByRole("link", { name: "Security", exact: true }).click();
    await expect(page).toHaveURL("/settings/security");
    await page.getByLabel("Current password", { exact: true }).fill(person.password);
    await page.getByLabel("New password", { exact: true }).fill("quite another password");
    await press(page, "Change password");
    await expectToast(page, "Your password is changed. All other browsers are logged out.");
    await expect(refused).toHaveCount(0);

    const id = "env_0123456789";
    for (const [path, data] of [
      ["environments/list", {}],
      ["environments/create", { form: { name: "x", kind: "live" } }],
      ["environments/reveal", { id }],
      ["environments/copied", { id }],
      ["environments/rotate", { id, form: { grace: "now", browser_time: "", form_id: "" } }],
      ["environments/hide", { id, hidden: true }],
      ["endpoints/create", { form: { name: "x", title: "x", patterns: "GET /x" } }],
      ["endpoints/retire", { name: "chat" }],
      ["users/list", {}],
      ["users/invite", { form: { email: "a@example.com", role: "owner" } }],
      ["users/set-role", { id: "usr_0123456789", role: "owner" }],
      ["audit/list", { query: {} }],
      ["audit/check", {}],
    ] as const) {
      const answer = await page.request.post(`/api/${path}`, { data });
      expect([path, answer.status()]).toEqual([path, 403]);
    }
  });
}

test("an address of a dialog opens nothing for who may not", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  await logIn(page, addPerson(server, "developer"));
  for (const path of ["/settings/endpoints/chat/retire", "/settings/users/usr_0123456789/disable", "/settings/environments/env_0123456789/rotate"]) {
    await open(path);
    await expect(page.getByRole("heading", { name: "You may not see this", exact: true })).toBeVisible();
    await expect(page.getByRole("alertdialog")).toHaveCount(0);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  }
});

test("an admin has environments, endpoints and the audit log, and no people", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  await logIn(page, addPerson(server, "admin"));
  await open("/settings");
  await press(rowWith(page, "Environments", "Rename default"), "Reveal API key for default");
  await expect(rowOf(page, "Environments", "default")).toContainText(/sk_live_[0-9A-Za-z]{36}/);
  await page.getByRole("tab", { name: "Endpoints", exact: true }).click();
  await expect(rowOf(page, "Endpoints", "check-bias")).toBeVisible();
  await page.getByRole("tab", { name: "Users", exact: true }).click();
  await expect(page.getByText("As an Admin you cannot see and manage people. Ask an owner.", { exact: true })).toBeVisible();
  await open("/settings/users/invite");
  const invite = dialog(page, "Invite User");
  await invite.getByRole("textbox", { name: "Email", exact: true }).fill("ada@example.com");
  await press(invite, "Invite User");
  await expect(invite.getByRole("alert")).toHaveText("As an Admin you cannot see and manage people. Ask an owner.");
  await open("/audit");
  await expect(rowOf(page, "Audit Log", "Environment: key revealed")).toContainText("admin");
});
