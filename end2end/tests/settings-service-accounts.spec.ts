import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, addServiceAccount, arriveLoggedIn, dialog, expectToast, forgetPasswordOnce, press, question, rowOf,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

const SERVICE_TOKEN = /^lkm_[0-9A-Za-z]{36}$/;
const account = (page: Page, name: string) => rowOf(page, "Service Accounts", name);
const creating = (page: Page) => dialog(page, "Create Service Account");
const saving = (page: Page) => dialog(page, "Save your service token");
const shown = (page: Page) => saving(page).getByRole("textbox", { name: "Service token", exact: true });

test("a service account is created, and its token is shown once", async ({ page, open, server }) => {
  server.run(["service-account", "create", "--name", "Other", "--role", "viewer"]);
  await open("/settings/service-accounts");
  await page.getByRole("link", { name: "Create Service Account", exact: true }).press("Enter");
  const name = creating(page).getByRole("textbox", { name: "Name", exact: true });
  await expect(name).toBeFocused();
  const role = creating(page).getByRole("combobox", { name: "Role", exact: true });
  await expect(role.getByRole("option")).toHaveText(["Viewer", "Developer", "Admin"]);
  await expect(role).toHaveValue("developer");
  await name.fill("OTHER");
  await press(creating(page), "Create Service Account");
  await expect(name).toHaveAccessibleDescription("There is a service account “Other” already.");
  await name.fill("billing");
  await creating(page).getByRole("radio", { name: "Only these", exact: true }).check();
  await press(creating(page), "Create Service Account");
  await expect(creating(page)).toContainText("Choose at least one environment, or all.");
  await expect(name).toHaveValue("billing");
  await creating(page).getByRole("checkbox", { name: "default", exact: true }).check();
  await creating(page).getByRole("textbox", { name: "Allowed addresses", exact: true }).fill("203.0.113.0/24");
  await press(creating(page), "Create Service Account");

  await expect(shown(page)).toHaveValue(SERVICE_TOKEN);
  await expect(shown(page)).toBeFocused();
  const token = await shown(page).inputValue();
  await page.keyboard.press("Escape");
  await expect(saving(page).getByRole("alert")).toHaveText("You have not copied the token yet.");
  await press(saving(page), "Go back");
  await saving(page).getByRole("button", { name: "Copy service token", exact: true }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  await press(saving(page), "Done");
  await expect(saving(page)).not.toBeAttached();
  await expect(account(page, "billing")).toContainText(`lkm_…${token.slice(-4)}`);
  await expect(account(page, "billing").getByRole("cell")).toHaveText([/^billing/, "Developer", "default", /never used · until/, /^mara\.ott/, ""]);
  await page.reload();
  await expect(account(page, "billing")).toBeVisible();
  expect(await page.content()).not.toContain(token);
  expect(server.run(["service-account", "list"])).toMatch(/^svc_\w+\tdeveloper\tdefault\tbilling\tactive\tstk_\w+\n/);
});

test("a second token is added and the first one ended, without a gap", async ({ page, open, server }) => {
  const first = addServiceAccount(server, "billing");
  await open("/settings/service-accounts");
  await account(page, "billing").getByRole("link", { name: "Add token to billing", exact: true }).click();
  await press(dialog(page, "Add Token"), "Add token");
  const second = await shown(page).inputValue();
  expect(second).toMatch(SERVICE_TOKEN);
  await saving(page).getByRole("button", { name: "Copy service token", exact: true }).click();
  await press(saving(page), "Done");
  await expect(account(page, "billing").getByRole("link", { name: /^Add token/ })).toHaveCount(0);
  const end = (token: string) => account(page, "billing").getByRole("link", { name: `End token lkm_…${token.slice(-4)} of billing`, exact: true });
  await end(first).click();
  await expect(question(page, "End Token")).toContainText("The other token goes on working.");
  await press(question(page, "End Token"), "End token");
  await expectToast(page, `lkm_…${first.slice(-4)} is refused from now on.`);
  await expect(end(first)).toHaveCount(0);
  await expect(end(second)).toBeVisible();
});

test("a service account is edited, disabled, enabled and deleted", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 401/);
  addServiceAccount(server, "billing");
  await open("/settings/service-accounts");
  await account(page, "billing").getByRole("link", { name: "Edit billing", exact: true }).click();
  const edit = dialog(page, "Edit Service Account");
  await edit.getByRole("combobox", { name: "Role", exact: true }).selectOption("Admin");
  await edit.getByRole("checkbox", { name: "default", exact: true }).check();
  await expect(edit.getByRole("radio", { name: "Only these", exact: true })).toBeChecked();
  await forgetPasswordOnce(page, "service-accounts/edit");
  await press(edit, "Save changes");
  const confirm = dialog(page, "Confirm your password");
  await confirm.getByLabel("Password", { exact: true }).fill(OWNER.password);
  await press(confirm, "Confirm");
  await expectToast(page, "billing is changed, from its next request on.");
  await expect(account(page, "billing").getByRole("cell")).toHaveText([/^billing/, "Admin", "default", /./, /./, ""]);

  await account(page, "billing").getByRole("link", { name: "Disable billing", exact: true }).click();
  await expect(question(page, "Disable Service Account")).toContainText("Its tokens are refused at once, until it is enabled again.");
  await press(question(page, "Disable Service Account"), "Disable");
  await expect(account(page, "billing")).toContainText("Disabled");
  await press(account(page, "billing"), "Enable billing");
  await expectToast(page, "The tokens of billing are accepted again.");
  await account(page, "billing").getByRole("link", { name: "Delete billing", exact: true }).click();
  await press(question(page, "Delete Service Account"), "Delete");
  await expectToast(page, "billing is deleted.");
  await expect(account(page, "billing")).toHaveCount(0);
  await open("/audit");
  await expect(rowOf(page, "Audit Log", "Service account: deleted")).toContainText("billing");
});
