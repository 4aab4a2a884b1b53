import { expect, test } from "./fixture.ts";
import { WITH_OWNER, addPerson, anotherBrowser, arriveLoggedIn, createKey, dialogs, expectToast, keyNamed, logIn, mintKey, press, row, rowOf, rowWith, saveAndClose, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("a viewer sees keys but cannot change them", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  const token = mintKey(server, "Shop");
  await logIn(page, addPerson(server, "viewer"));
  await open("/keys");
  await expect(row(page, "Shop")).toContainText(`sk_live_…${token.slice(-4)}`);
  // The ID can be copied.
  await expect(row(page, "Shop").getByRole("button", { name: /^(?!Copy key_)/ })).toHaveCount(0);
  await expect(row(page, "Shop").getByRole("cell").last().getByRole("link")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Create API Key", exact: true })).toHaveCount(0);
  await open("/keys/new");
  await expect(dialogs.create(page).getByRole("alert")).toHaveText("Viewers can't create keys. Ask an admin.");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}/delete`);
  await expect(dialogs.delete(page).getByRole("alert")).toBeVisible();
  for (const path of [`/keys/${id}/delete`, `/keys/${id}/disable`, "/keys/new"]) {
    const answer = await page.request.post(path, { form: { name: "x", environment: "default" }, maxRedirects: 0 });
    expect([path, answer.status()]).toEqual([path, 403]);
  }
  expect(await verify(server, token)).toBe("VALID");
});

test("a developer changes only their own keys", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  mintKey(server, "Somebody's");
  await logIn(page, addPerson(server, "developer"));
  await open("/keys/new");
  await createKey(page, "Mine");
  await saveAndClose(page);
  await expect(row(page, "Mine").getByRole("link", { name: "Delete Mine", exact: true })).toBeVisible();
  await expect(row(page, "Mine")).toContainText("default · developer");
  await expect(row(page, "Somebody's").getByRole("cell").last().getByRole("link")).toHaveCount(0);
  await open(`/keys/${keyNamed(server, "Somebody's").id}/delete`);
  await expect(dialogs.delete(page).getByRole("alert")).toHaveText("Developers can change only keys that they created. Ask an admin.");
});

for (const [role, title] of [["viewer", "Viewer"], ["developer", "Developer"]] as const) {
  test(`a ${role} reads environments and endpoints, has their own account, and sees nothing else`, async ({ page, open, server, allowConsole }) => {
    allowConsole(/status of 403/);
    const person = addPerson(server, role);
    mintKey(server, "Shop", "--endpoint", "chat");
    await logIn(page, person);
    await open("/");
    const navigation = page.getByRole("navigation", { name: "Main", exact: true });
    await expect(navigation.getByRole("link")).toHaveText(["Latchkey", "Home", "API Keys", "Customers", "Bias Profiles", "Usage", "Settings", "API Reference"]);
    await navigation.getByRole("link", { name: "Settings", exact: true }).click();
    await expect(page.getByRole("tab")).toHaveText(["Environments", "Endpoints", "Security"]);
    const main = page.getByRole("main");
    await expect(rowOf(page, "Environments", "default")).toContainText("live");
    await expect(page.getByRole("table", { name: "Environments", exact: true })).not.toContainText("sk_");
    // IDs and paths can be copied.
    const actions = main.getByRole("button", { name: /^(?!Copy (env|\/))/ });
    await expect(actions).toHaveCount(0);
    await expect(main.getByRole("link")).toHaveCount(0);
    await page.getByRole("tab", { name: "Endpoints", exact: true }).click();
    await expect(rowOf(page, "Endpoints", "check-bias")).toContainText("POST /api/bias/check-bias");
    // The only link is the number of keys, which leads to these keys.
    await expect(main.getByRole("link")).toHaveText(["1"]);
    await expect(actions).toHaveCount(0);

    const refused = page.getByRole("heading", { name: "You may not see this", exact: true });
    for (const [path, sentence] of [
      ["/settings/users", `${title}s can't see and manage people. Ask an owner.`],
      ["/audit", `${title}s can't read the audit log. Ask an admin.`],
    ] as const) {
      await open(path);
      await expect(refused).toBeVisible();
      await expect(page.getByText(sentence, { exact: true })).toBeVisible();
      await expect(main.getByRole("table")).toHaveCount(0);
      await expect(main.getByRole("link")).toHaveCount(0);
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
      ["service-accounts/list", {}],
      ["service-accounts/create", { form: { name: "x", role: "admin", expires: "never" } }],
      ["users/set-role", { id: "usr_0123456789", role: "owner" }],
      ["audit/list", { query: {} }],
      ["audit/check", {}],
    ] as const) {
      const answer = await page.request.post(`/api/${path}`, { data });
      expect([path, answer.status()]).toEqual([path, 403]);
    }
  });
}

test("the URL of a dialog opens nothing for a person without the permission", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  await logIn(page, addPerson(server, "developer"));
  for (const path of [
    "/settings/endpoints/chat/retire", "/settings/endpoints/new", "/settings/users/usr_0123456789/disable", "/settings/users/invite",
    "/settings/environments/env_0123456789/rotate", "/settings/environments/new", "/settings/service-accounts/new",
  ]) {
    await open(path);
    const shown = page.getByRole("table").or(page.getByRole("heading", { name: "You may not see this", exact: true }));
    await expect(shown).toBeVisible();
    await expect(page.getByRole("alertdialog")).toHaveCount(0);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  }
});

test("an admin manages environments, endpoints and the audit log, but not people", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  await logIn(page, addPerson(server, "admin"));
  await open("/settings");
  await press(rowWith(page, "Environments", "Rename default"), "Reveal API key for default");
  await expect(rowOf(page, "Environments", "default")).toContainText(/sk_live_[0-9A-Za-z]{36}/);
  await page.getByRole("tab", { name: "Endpoints", exact: true }).click();
  await expect(rowOf(page, "Endpoints", "check-bias")).toBeVisible();
  await expect(page.getByRole("tab")).toHaveText(["Environments", "Endpoints", "Nodes", "Security"]);
  await open("/settings/users/invite");
  await expect(page.getByText("Admins can't see and manage people. Ask an owner.", { exact: true })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Try again", exact: true })).toHaveCount(0);
  await open("/audit");
  await expect(rowOf(page, "Audit Log", "Environment: key revealed")).toContainText("admin");
});

test("the link to the audit log appears and disappears with the role", async ({ page, open, server, browser, watch }) => {
  await logIn(page, addPerson(server, "developer"));
  await open("/");
  const navigation = page.getByRole("navigation", { name: "Main", exact: true });
  const log = navigation.getByRole("link", { name: "Audit Log", exact: true });
  await expect(navigation.getByRole("link", { name: "Settings", exact: true })).toBeVisible();
  await expect(log).toHaveCount(0);
  const owner = await anotherBrowser({ browser, server, watch });
  await arriveLoggedIn(owner);
  const people = (await (await owner.request.post("/api/users/list", { data: {} })).json()) as { people: { id: string; email: string }[] };
  const id = people.people.find(({ email }) => email === "developer@example.com")?.id;
  for (const [role, links] of [["admin", 1], ["viewer", 0]] as const) {
    const answer = await owner.request.post("/api/users/set-role", { data: { id, role } });
    expect(answer.status()).toBe(200);
    await expect(log).toHaveCount(links);
  }
});

test("a page about a missing thing does not offer to try again", async ({ page, open, context, allowConsole }) => {
  allowConsole(/status of 404/);
  await arriveLoggedIn(context);
  for (const path of ["/keys/key_0123456789", "/profiles/prof_0123456789", "/customers/cus_0123456789"]) {
    await open(path);
    await expect(page.getByRole("heading", { name: /could not be loaded$/ })).toBeVisible();
    await expect(page.getByRole("link", { name: "Try again", exact: true })).toHaveCount(0);
  }
});
