// An Owner invites and changes people, and these people see the effect.

import type { Page } from "@playwright/test";
import { expect, interactive, loseSession, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, addPerson, anotherBrowser, anotherPerson, arriveLoggedIn, dialog, enter, expectToast, forgetPasswordOnce, mintKey,
  press, question, row, rowOf, verify,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const user = (page: Page, email: string) => rowOf(page, "Users", email);

async function choose(page: Page, whose: string, role: string): Promise<void> {
  await page.getByRole("link", { name: `Change role of ${whose}`, exact: true }).click();
  const change = dialog(page, "Change Role");
  await change.getByRole("combobox", { name: "Role", exact: true }).selectOption(role);
  await press(change, "Save changes");
  await expect(change).toBeHidden();
}

test("an invitation is accepted, and the new person appears in the open list", async ({ page, open, server, browser, watch, allowConsole }) => {
  allowConsole(/status of (403|422)/);
  await open("/settings/users/invite");
  const inviting = dialog(page, "Invite User");
  await inviting.getByRole("textbox", { name: "Email", exact: true }).fill("Ada@Example.com");
  await inviting.getByRole("combobox", { name: "Role", exact: true }).selectOption("Viewer");
  await press(inviting, "Invite User");
  const link = await inviting.getByRole("textbox", { name: "Invitation link", exact: true }).inputValue();
  await press(inviting, "Done");

  const ada = await (await anotherBrowser({ browser, server, watch })).newPage();
  await ada.goto(link);
  await interactive(ada);
  await expect(ada.getByRole("heading", { level: 1 })).toHaveText("Join Latchkey");
  await expect(ada.getByText("You were invited as Viewer. Sees keys, profiles and usage.", { exact: true })).toBeVisible();
  await expect(ada.getByRole("textbox", { name: "Email", exact: true })).toHaveValue("ada@example.com");
  const password = ada.getByLabel("Password", { exact: true });
  await ada.getByRole("textbox", { name: "Your name", exact: true }).fill("Ada <b>Iyer</b>");
  await password.fill("short");
  await press(ada, "Join");
  await expect(password).toHaveAccessibleDescription(/12 characters or more; 7 are missing/);
  await expect(ada.getByRole("textbox", { name: "Your name", exact: true })).toHaveValue("Ada <b>Iyer</b>");
  await password.fill("a battery of horses");
  await press(ada, "Join");
  await expect(ada).toHaveURL("/");
  await interactive(ada);
  await expect(ada.getByRole("button", { name: "Ada <b>Iyer</b>, user menu", exact: true })).toBeVisible();
  await expect(ada.locator(".avatar")).toHaveText("AB");

  await expect(user(page, "ada@example.com").getByRole("cell")).toHaveText([/^Ada <b>Iyer<\/b>/, "Viewer", "Active", "Off", "0", "just now", ""]);
  await expect(page.getByRole("table", { name: "Invitations", exact: true })).toHaveCount(0);
  await loseSession(ada);
  await ada.goto(link);
  await expect(ada.getByRole("alert")).toHaveText("This link was used already, or it is too old.");
});

test("a logged-in person who opens an invitation is led to the console", async ({ page, open, context }) => {
  const answer = await context.request.post("/api/users/invite", { data: { form: { email: "ada@example.com", role: "owner" } } });
  const { Done: invited } = (await answer.json()) as { Done: { url: string } };
  await open(new URL(invited.url).pathname + new URL(invited.url).search);
  await expect(page).toHaveURL("/");
});

test("a new role is in force with the next request", async ({ page, open, server, browser, watch, allowConsole }) => {
  allowConsole(/status of 403/);
  const token = mintKey(server, "Shop");
  const person = await anotherPerson({ browser, server, watch }, "viewer");
  await person.goto("/keys");
  await interactive(person);
  await expect(row(person, "Shop").getByRole("button", { name: /^(?!Copy key_)/ })).toHaveCount(0);

  await open("/settings/users");
  await choose(page, "viewer", "Admin");
  await expectToast(page, "viewer is an Admin now.");
  await expect(user(page, "viewer@example.com").getByRole("cell").nth(1)).toHaveText("Admin");
  // The open list follows the change.
  await press(row(person, "Shop"), "Disable Shop");
  await expect.poll(() => verify(server, token)).toBe("INACTIVE");
  await person.goto("/settings");
  await interactive(person);
  await expect(rowOf(person, "Environments", "default")).toBeVisible();

  await choose(page, "viewer", "Viewer");
  await expectToast(page, "viewer is a Viewer now.");
  // The environments stay visible, but not their keys and actions.
  await expect(person.getByRole("columnheader", { name: "API Key", exact: true })).toHaveCount(0);
  await expect(rowOf(person, "Environments", "default").getByRole("button", { name: /^(?!Copy env)/ })).toHaveCount(0);
  const answer = await person.request.post("/api/environments/list", { data: { query: {} } });
  expect(answer.status()).toBe(403);
});

test("an open page of a person who is disabled leads to the login", async ({ page, open, server, browser, watch, allowConsole }) => {
  allowConsole(/status of 401/);
  mintKey(server, "Shop");
  const person = await anotherPerson({ browser, server, watch }, "developer");
  await person.goto("/keys");
  await interactive(person);
  await expect(row(person, "Shop")).toBeVisible();

  await open("/settings/users");
  await page.getByRole("link", { name: "Disable developer", exact: true }).click();
  const disabling = question(page, "Disable User");
  await expect(disabling.getByRole("button", { name: "Cancel", exact: true })).toBeFocused();
  await press(disabling, "Disable");
  await expectToast(page, "developer is disabled.");
  await expect(user(page, "developer@example.com").getByRole("cell").nth(2)).toHaveText("Disabledsince just now");

  await expect(row(person, "Shop")).toHaveCount(0);
  await person.getByRole("link", { name: "Log in", exact: true }).click();
  await expect(person).toHaveURL("/login");
  const developer = { email: "developer@example.com", password: "a battery of horses" };
  await enter(person, developer, "Log in");
  await expect(person.getByRole("alert")).toHaveText("The e-mail address or the password is wrong.");

  await press(page, "Enable developer");
  await expectToast(page, "developer may log in again.");
  await expect(user(page, developer.email).getByRole("cell").nth(2)).toHaveText("Active");
  await enter(person, developer, "Log in");
  // The person is back on the same screen.
  await expect(person).toHaveURL("/keys");
});

test("disabling a person needs a recent password", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 401/);
  addPerson(server, "developer");
  await open("/settings/users");
  await page.getByRole("link", { name: "Disable developer", exact: true }).press("Enter");
  await forgetPasswordOnce(page, "users/disable");
  await press(question(page, "Disable User"), "Disable");
  const confirm = dialog(page, "Confirm your password");
  await expect(confirm.getByLabel("Password", { exact: true })).toBeFocused();
  await confirm.getByLabel("Password", { exact: true }).fill(OWNER.password);
  await page.keyboard.press("Enter");
  await expect(confirm).toBeHidden();
  await expect(question(page, "Disable User")).toBeHidden();
  await expect(user(page, "developer@example.com")).toContainText("Disabled");
});
