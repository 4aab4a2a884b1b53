import { expect, type Server, test } from "./fixture.ts";
import { WITH_OWNER, createKey, dialogs, keyNamed, logIn, mintKey, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

function add(server: Server, role: string): { email: string; password: string } {
  const person = { email: `${role}@example.com`, password: "a battery of horses" };
  server.run(["user", "add", "--email", person.email, "--role", role], person.password);
  return person;
}

test("a viewer sees keys and changes none", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 403/);
  const token = mintKey(server, "Shop");
  await logIn(page, add(server, "viewer"));
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
  await logIn(page, add(server, "developer"));
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
