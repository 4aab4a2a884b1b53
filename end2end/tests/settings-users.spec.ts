import type { Page } from "@playwright/test";
import { expect, loseSession, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, addPerson, anotherBrowser, anotherPerson, arriveLoggedIn, createKey, dialog, enter, expectToast, forgetPasswordOnce,
  keyNamed, press, question, row, rowOf, saveAndClose, verify,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

const user = (page: Page, email: string) => rowOf(page, "Users", email);
const inviting = (page: Page) => dialog(page, "Invite User");
const address = (page: Page) => inviting(page).getByRole("textbox", { name: "Email", exact: true });

test("all people are listed by name, with their roles and keys", async ({ page, open, server }) => {
  addPerson(server, "viewer", "zoe");
  addPerson(server, "developer", "ada");
  await open("/settings/users");
  const rows = page.getByRole("table", { name: "Users", exact: true }).getByRole("row");
  await expect(rows.nth(1)).toContainText("ada@example.com");
  await expect(rows.nth(1).getByRole("cell")).toHaveText([/^ada/, "Developer", "Active", "Off", "0", "Never", ""]);
  await expect(rows.nth(2).getByRole("cell")).toHaveText([/^mara\.ott you/, "Owner", "Active", "Off", "0", "just now", ""]);
  await expect(rows.nth(3)).toContainText("zoe@example.com");
});

test("the last owner can be neither changed nor disabled until there is another", async ({ page, open, server }) => {
  await open("/settings/users");
  const owner = user(page, OWNER.email);
  const actions = () => owner.getByRole("cell").last().getByRole("link").evaluateAll((links) => links.map((link) => link.ariaLabel));
  await expect.poll(actions).toEqual(["Password reset link for mara.ott"]);
  await expect(owner.getByRole("button")).toHaveCount(0);
  addPerson(server, "owner", "ada");
  await expect.poll(actions).toEqual(["Change role of mara.ott", "Password reset link for mara.ott", "Disable mara.ott"]);
  await owner.getByRole("link", { name: "Disable mara.ott", exact: true }).click();
  await expect(question(page, "Disable User")).toContainText("This is you. You will be logged out and cannot log in again.");
});

test("an invitation is created, and mistakes are shown at their fields", async ({ page, open, server }) => {
  addPerson(server, "viewer", "zoe");
  await open("/settings/users");
  await page.getByRole("link", { name: "Invite User", exact: true }).press("Enter");
  await expect(page).toHaveURL("/settings/users/invite");
  await expect(address(page)).toBeFocused();
  const role = inviting(page).getByRole("combobox", { name: "Role", exact: true });
  await expect(role.getByRole("option")).toHaveText(["Viewer", "Developer", "Admin", "Owner"]);
  await expect(role).toHaveValue("developer");
  await expect(role).toHaveAccessibleDescription("Also creates keys and changes their own.");
  await role.selectOption("Admin");
  await expect(role).toHaveAccessibleDescription(/^Also changes all keys, profiles/);
  for (const [wrong, why] of [["ada", /address/], ["ZOE@example.com", /./]] as const) {
    await address(page).fill(wrong);
    await press(inviting(page), "Invite User");
    // The button has the focus until the answer comes. Then the field has it.
    await expect(address(page)).toBeFocused();
    await expect(address(page)).toHaveAttribute("aria-invalid", "true");
    await expect(address(page)).toHaveAccessibleDescription(why);
    await expect(address(page)).toHaveValue(wrong);
    await expect(role).toHaveValue("admin");
  }
  await address(page).fill("ada@example.com");
  await press(inviting(page), "Invite User");
  const link = inviting(page).getByRole("textbox", { name: "Invitation link", exact: true });
  await expect(link).toHaveValue(new RegExp(`^${server.url}/invite\\?link=\\w+$`));
  await expect(link).toBeFocused();
  await expect(inviting(page)).toContainText("send it to ada@example.com yourself. It is shown only now");
  const value = await link.inputValue();
  await press(inviting(page), "Copy Invitation link");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(value);
  await press(inviting(page), "Done");
  await expect(page).toHaveURL("/settings/users");
  const invitation = rowOf(page, "Invitations", "ada@example.com");
  await expect(invitation.getByRole("cell")).toHaveText(["ada@example.com", "Admin", "mara.ottjust now", /UTC$/, ""]);
  expect(await page.content()).not.toContain(value);
});

test("revoked and replaced invitations do not work", async ({ page, open, server, browser, watch, allowConsole }) => {
  allowConsole(/status of 403/);
  await open("/settings/users");
  const invite = async () => {
    await page.getByRole("link", { name: "Invite User", exact: true }).click();
    await address(page).fill("ada@example.com");
    await press(inviting(page), "Invite User");
    const link = await inviting(page).getByRole("textbox", { name: "Invitation link", exact: true }).inputValue();
    await press(inviting(page), "Done");
    return link;
  };
  const guest = await (await anotherBrowser({ browser, server, watch })).newPage();
  const first = await invite();
  const second = await invite();
  await expect(rowOf(page, "Invitations", "ada@example.com")).toHaveCount(1);
  await guest.goto(first);
  await expect(guest.getByRole("alert")).toBeVisible();
  await expect(guest.getByRole("button", { name: "Join", exact: true })).toHaveCount(0);
  await guest.goto(second);
  await expect(guest.getByRole("textbox", { name: "Email", exact: true })).toHaveValue("ada@example.com");
  await press(page, "Revoke invitation for ada@example.com");
  await expectToast(page, "The link for ada@example.com works no more.");
  await expect(page.getByRole("table", { name: "Invitations", exact: true })).toHaveCount(0);
  await guest.getByLabel("Password", { exact: true }).fill("a battery of horses");
  await press(guest, "Join");
  await expect(guest.getByRole("alert")).toHaveText("This link was used already, or it is too old.");
  await expect(user(page, "ada@example.com")).toHaveCount(0);
});

test("keys get another owner and still work", async ({ page, open, server, browser, watch, allowConsole }) => {
  // The error names the person who does not exist.
  allowConsole(/status of 404/);
  const developer = await anotherPerson({ browser, server, watch }, "developer");
  await developer.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await developer.goto("/keys/new");
  await expect(developer.locator("html")).toHaveAttribute("data-hydrated", "");
  const token = await createKey(developer, "Shop");
  await saveAndClose(developer);
  addPerson(server, "viewer", "zoe");
  addPerson(server, "developer", "ada");

  await open("/settings/users");
  await expect(user(page, "zoe@example.com").getByRole("link", { name: /^Transfer keys/ })).toHaveCount(0);
  await user(page, "developer@example.com").getByRole("link", { name: "Disable developer", exact: true }).click();
  await expect(question(page, "Disable User")).toContainText("Their key goes on working.");
  await question(page, "Disable User").getByRole("link", { name: "Transfer them to somebody", exact: true }).click();
  const give = dialog(page, "Transfer Keys");
  await expect(give).toContainText("1 key gets another owner.");
  const whom = give.getByRole("combobox", { name: "Person", exact: true });
  await press(give, "Transfer keys");
  await expect(whom).toHaveAccessibleDescription("Choose who gets the keys.");
  await whom.fill("nobody@example.com");
  await press(give, "Transfer keys");
  await expect(whom).toHaveAccessibleDescription("There is no user “nobody@example.com”.");
  await whom.fill("");
  // The suggestions contain neither the present owner nor people who may not have keys.
  await expect(give.getByRole("option")).toHaveText(["ada ada@example.com", `mara.ott ${OWNER.email}`]);
  await give.getByRole("option", { name: "ada ada@example.com", exact: true }).click();
  await expect(whom).toHaveValue("ada@example.com");
  await expect(give.getByRole("option")).toHaveCount(0);
  await press(give, "Transfer keys");
  await expectToast(page, "1 key of developer belongs to ada now.");
  await expect(give).toBeHidden();
  await expect(user(page, "ada@example.com").getByRole("cell").nth(4)).toHaveText("1");
  await expect(user(page, "developer@example.com").getByRole("cell").nth(4)).toHaveText("0");
  expect(await verify(server, token)).toBe("VALID");
  await expect(row(developer, "Shop")).toContainText("default · ada");
  await expect(row(developer, "Shop").getByRole("link", { name: "Delete Shop", exact: true })).toHaveCount(0);
  await open(`/keys/${keyNamed(server, "Shop").id}?tab=history`);
  await expect(page.getByRole("table", { name: "History", exact: true })).toContainText("Owner: developer → ada");
});

test("a person who forgot the password logs in by a one-time link", async ({ page, open, server, browser, watch, allowConsole }) => {
  allowConsole(/status of (401|410)/);
  const person = addPerson(server, "developer", "ada");
  await open("/settings/users");
  await user(page, "ada@example.com").getByRole("link", { name: "Password reset link for ada", exact: true }).click();
  const reset = dialog(page, "Password Reset Link");
  await forgetPasswordOnce(page, "users/reset-link");
  await press(reset, "Create link");
  await dialog(page, "Confirm your password").getByLabel("Password", { exact: true }).fill(OWNER.password);
  await press(dialog(page, "Confirm your password"), "Confirm");
  const field = reset.getByRole("textbox", { name: "Password reset link", exact: true });
  await expect(field).toHaveValue(new RegExp(`^${server.url}/reset\\?link=\\w+$`));
  const link = await field.inputValue();
  await press(reset, "Done");
  await expect(reset).toBeHidden();

  const ada = await (await anotherBrowser({ browser, server, watch })).newPage();
  const choose = async (password: string) => {
    await ada.goto(link);
    await ada.getByLabel("Password", { exact: true }).fill(password);
    await press(ada, "Save password");
  };
  await choose("quite another password");
  await expect(ada).toHaveURL("/");
  await loseSession(ada);
  await ada.goto(link);
  await expect(ada.getByRole("button", { name: "Save password", exact: true })).toHaveCount(0);
  await expect(ada.getByRole("alert")).toHaveText("This link was used already, or it is too old.");
  await ada.goto("/login");
  await enter(ada, person, "Log in");
  await expect(ada.getByRole("alert")).toBeVisible();
  await enter(ada, { ...person, password: "quite another password" }, "Log in");
  await expect(ada).toHaveURL("/");
});

test("the dialog says that a person does not exist", async ({ page, open }) => {
  await open("/settings/users/usr_0123456789/role");
  const change = dialog(page, "Change Role");
  await expect(change).toContainText("That is no longer there.");
  await expect(change.getByRole("button", { name: "Close", exact: true })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL("/settings/users");
});
