// Customers: whose keys they are. They are created, found, edited, given a key, suspended, resumed and deleted.

import { readFileSync } from "node:fs";

import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import {
  WITH_OWNER, addCustomer, anotherPerson, arriveLoggedIn, createKeyOf, dialog, dialogs, expectToast, keyNamed, nameField, press, question, row, rowOf, saveAndClose, shownToken,
  submitKey, verify,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

const customer = (page: Page, text: string) => rowOf(page, "Customers", text);
const box = (page: Page, form: string, name: string) => dialog(page, form).getByRole("textbox", { name, exact: true });
const heading = (page: Page) => page.getByRole("heading", { level: 1 });

test("a customer is created, found, opened and edited", async ({ page, open, context }) => {
  await addCustomer(context, { external_id: "zulu", name: "Zulu" });
  await open("/customers");
  await page.getByRole("link", { name: "Create Customer", exact: true }).press("Enter");
  const form = dialog(page, "Create Customer");
  await expect(box(page, "Create Customer", "External ID")).toBeFocused();
  await box(page, "Create Customer", "External ID").fill("zulu");
  await box(page, "Create Customer", "Name").fill("Acme");
  await box(page, "Create Customer", "Metadata").fill('{"plan": "pro"}');
  await box(page, "Create Customer", "Requests a minute").fill("600");
  await press(form, "Create Customer");
  await expect(box(page, "Create Customer", "External ID")).toHaveAccessibleDescription(/^“Zulu” \(cus_\w+\) has this external ID already\.$/);
  await expect(box(page, "Create Customer", "Name")).toHaveValue("Acme");
  await box(page, "Create Customer", "External ID").fill("acme-7");
  await press(form, "Create Customer");
  await expectToast(page, "Acme is created.");
  await expect(page).toHaveURL("/customers");
  await expect(page.getByRole("columnheader")).toHaveText(["Name", "External ID", "Keys", "Requests in 24 h", "Last Used", "Status"]);
  await expect(customer(page, "Acme").getByRole("cell")).toHaveText([/^Acme/, "acme-7", "0", "0", "Never", "Active"]);

  await page.getByRole("searchbox", { name: "Search customers", exact: true }).fill("ACM");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/customers?search=ACM");
  await expect(customer(page, "Zulu")).toHaveCount(0);
  await page.getByRole("link", { name: "Acme", exact: true }).click();
  await expect(heading(page)).toHaveText("Acme");
  await expect(page.getByRole("region", { name: "Metadata", exact: true })).toContainText('"plan": "pro"');
  const facts = page.getByRole("region", { name: "Customer", exact: true });
  await expect(facts).toContainText("600 a minute");
  await facts.getByRole("button", { name: /^Copy cus_/ }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^cus_\w{10}$/);

  await page.getByRole("link", { name: "Edit Acme", exact: true }).click();
  await box(page, "Edit Customer", "Name").fill("Acme Inc.");
  const id = /cus_\w+/.exec(page.url())?.[0] ?? "";
  // Another person is faster.
  const other = await context.request.post(`/customers/${id}/edit`, { form: { name: "Acme Ltd.", version: "1" }, maxRedirects: 0 });
  expect(other.status()).toBe(303);
  await press(dialog(page, "Edit Customer"), "Save changes");
  await expect(dialog(page, "Edit Customer").getByRole("alert")).toContainText("“Acme Ltd.” was changed meanwhile.");
  await expect(box(page, "Edit Customer", "Name")).toHaveValue("Acme Inc.");
  await press(dialog(page, "Edit Customer"), "Save changes");
  await expectToast(page, "Acme Inc. is saved.");
  await expect(heading(page)).toHaveText("Acme Inc.");
  const history = page.getByRole("table", { name: "History", exact: true }).getByRole("row");
  await expect(history.nth(1)).toContainText("Edited");
  await expect(history.nth(1)).toContainText(/in force on 1 of 1 node/i);
});

test("a key is given to a customer and found by it", async ({ page, open, context }) => {
  const id = await addCustomer(context, { external_id: "acme-7", name: "Acme" });
  await addCustomer(context, { external_id: "zulu", name: "Zulu" });
  await createKeyOf(context, "zulu", "Mail");
  await open(`/customers/${id}`);
  await expect(page.getByRole("heading", { name: "No keys yet", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  const whose = dialogs.create(page).getByRole("combobox", { name: "Customer", exact: true });
  await expect(whose).toHaveValue("acme-7");
  await whose.fill("nobody");
  await nameField(dialogs.create(page)).fill("Shop");
  await submitKey(page);
  await expect(whose).toHaveAccessibleDescription(/^There is no customer “nobody”\./);
  await whose.fill("acm");
  await dialogs.create(page).getByRole("option", { name: "Acme acme-7", exact: true }).click();
  await expect(whose).toHaveValue("acme-7");
  await dialogs.create(page).getByRole("textbox", { name: "Metadata", exact: true }).fill('{"team": "blue"}');
  await submitKey(page);
  await shownToken(page);
  await saveAndClose(page);

  // The list is about the customer, whose filter can be removed.
  await expect(page).toHaveURL(`/keys?customer=${id}`);
  await expect(row(page, "Shop")).toContainText("default · Acme · mara.ott");
  await expect(row(page, "Mail")).toHaveCount(0);
  await page.getByRole("link", { name: /^Customer: Acme ?, show all keys$/ }).click();
  await expect(row(page, "Mail")).toBeVisible();
  await press(page, "Customer");
  await page.getByRole("radio", { name: "Zulu", exact: true }).check();
  await press(page.locator("#filter-customer"), "Apply");
  await expect(page.getByRole("link", { name: /^Customer: Zulu ?, show all keys$/ })).toBeVisible();
  await expect(row(page, "Shop")).toHaveCount(0);
  await page.getByRole("searchbox", { name: "Search keys", exact: true }).fill("ma");
  await page.keyboard.press("Enter");
  await expect(row(page, "Mail")).toBeVisible();
  await expect(page).toHaveURL(/customer=cus_/);

  await open(`/customers/${id}`);
  await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
  await expect(heading(page)).toHaveText("Shop");
  await expect(page.getByRole("region", { name: "Key", exact: true })).toContainText('"team": "blue"');
  await page.getByRole("link", { name: "Delete Shop", exact: true }).click();
  await expect(dialogs.delete(page)).toContainText("of Acme");
  await dialogs.delete(page).getByRole("link", { name: "Cancel", exact: true }).click();
  await page.getByRole("region", { name: "Key", exact: true }).getByRole("link", { name: "Acme", exact: true }).click();
  await expect(heading(page)).toHaveText("Acme");
});

test("a customer is suspended, resumed and deleted", async ({ page, open, server, context }) => {
  const id = await addCustomer(context, { external_id: "acme-7", name: "Acme" });
  const token = await createKeyOf(context, "acme-7", "Shop");
  await expect.poll(() => verify(server, token)).toBe("VALID");
  await open(`/customers/${id}`);
  await page.getByRole("link", { name: "Suspend Acme", exact: true }).click();
  const suspend = question(page, "Suspend Customer");
  await expect(suspend.getByRole("link", { name: "Cancel", exact: true })).toBeFocused();
  await expect(suspend).toContainText("Its key is refused at once, on every node.");
  await press(suspend, "Suspend");
  await expectToast(page, "Acme is suspended.");
  await expect(page.getByRole("status").getByText(/^Refused on 1 of 1 node after /)).toBeVisible();
  expect(await verify(server, token)).toBe("SUSPENDED");
  await expect(page).toHaveURL(`/customers/${id}`);
  await expect(page.getByText("Suspended: all its keys are refused, whatever their own status.", { exact: true })).toBeVisible();
  await open("/customers?status=suspended");
  await expect(customer(page, "Acme").getByRole("cell")).toHaveText([/^Acme/, "acme-7", /^1 \/ 1/, /^\d$/, /./, "Suspended"]);
  await page.getByRole("link", { name: "Acme", exact: true }).click();

  await page.getByRole("link", { name: "Resume Acme", exact: true }).click();
  await press(question(page, "Resume Customer"), "Resume");
  await expectToast(page, "Acme is resumed.");
  expect(await verify(server, token)).toBe("VALID");

  await page.getByRole("link", { name: "Delete Acme", exact: true }).click();
  const refused = question(page, "Delete Customer");
  await expect(refused).toContainText("It has 1 key.");
  await expect(refused.getByRole("link", { name: "Shop", exact: true })).toBeVisible();
  await expect(refused.getByRole("button")).toHaveCount(0);
  await refused.getByRole("link", { name: "Close", exact: true }).click();
  server.run(["key", "delete", keyNamed(server, "Shop").id]);
  await expect(page.getByRole("heading", { name: "No keys yet", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Delete Acme", exact: true }).click();
  await press(question(page, "Delete Customer"), "Delete");
  await expectToast(page, "Acme is deleted.");
  await expect(page).toHaveURL("/customers");
  await expect(page.getByRole("heading", { name: "Create your first customer", exact: true })).toBeVisible();
});

test("customers are exported, and imported after a look at what would happen", async ({ page, open, context }) => {
  await addCustomer(context, { external_id: "acme-7", name: "Acme" });
  await open("/customers");
  await press(page, "Export");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV", exact: true }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^latchkey-customers-[\d-]+\.csv$/);
  const csv = readFileSync(await file.path(), "utf8");
  expect(csv).toBe("external_id,name,metadata,limit_second,limit_minute,limit_day,status\nacme-7,Acme,,,,,active\n");

  await page.getByRole("link", { name: "Import", exact: true }).click();
  await expect(heading(page)).toHaveText("Import Customers");
  const changed = csv.replace("Acme", "Acme Inc.") + "zulu,,,,,,\n";
  await page.getByLabel("File", { exact: true }).setInputFiles({ name: "customers.csv", mimeType: "text/csv", buffer: Buffer.from(changed) });
  await press(page, "Check");
  await expect(page.getByRole("alert")).toContainText("1 of 2 customers cannot be imported");
  const line = (text: string) => page.getByRole("table", { name: "Lines", exact: true }).getByRole("row").filter({ hasText: text });
  await expect(line("zulu").getByRole("cell")).toHaveText(["3", "zulu", "", "Refused", "Give the customer a name."]);
  const lines = page.getByRole("textbox", { name: "Its lines", exact: true });
  await expect(lines).toHaveValue(changed);
  await lines.fill(changed.replace("zulu,", "zulu,Zulu"));
  await press(page, "Check again");
  await expect(page.getByText("1 customer would be created, and 1 changed. Nothing is imported yet.", { exact: true })).toBeVisible();
  await expect(line("acme-7").getByRole("cell").last()).toHaveText("Name: Acme → Acme Inc.");
  await press(page, "Import 2 customers");
  await expect(page.getByText("Imported: 1 customer created, and 1 changed.", { exact: true })).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Customers", exact: true }).last().click();
  await expect(customer(page, "Acme Inc.")).toBeVisible();
  await expect(customer(page, "Zulu")).toBeVisible();
});

test("the usage of a customer is its own", async ({ page, open, server, context }) => {
  const id = await addCustomer(context, { external_id: "acme-7", name: "Acme" });
  const token = await createKeyOf(context, "acme-7", "Shop");
  await expect.poll(() => verify(server, token)).toBe("VALID");
  await open(`/customers/${id}`);
  await page.getByRole("link", { name: "Usage of Acme", exact: true }).click();
  await expect(page).toHaveURL(/\/usage\?environment=&range=30d&customer=cus/);
  await expect(page.getByRole("combobox", { name: "Customer", exact: true })).toHaveValue(id);
  await expect(page.getByRole("heading", { name: "By endpoint", exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "By key", exact: true })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Acme", exact: true })).toHaveAttribute("href", `/customers/${id}`);
  await page.getByRole("link", { name: "Clear", exact: true }).click();
  await expect(page.getByRole("heading", { name: "By key", exact: true })).toBeVisible();
  await page.getByRole("combobox", { name: "Customer", exact: true }).fill("ac");
  await page.getByRole("option", { name: "Acme acme-7", exact: true }).click();
  await press(page, "Show");
  await expect(page).toHaveURL(/customer=acme/);
  await expect(page.getByRole("heading", { name: "By key", exact: true })).toHaveCount(0);
});

test("a viewer reads customers and changes nothing", async ({ browser, server, watch, context }) => {
  const id = await addCustomer(context, { external_id: "acme-7", name: "Acme" });
  await createKeyOf(context, "acme-7", "Shop");
  const page = await anotherPerson({ browser, server, watch }, "viewer");
  await page.goto("/customers");
  await expect(customer(page, "Acme")).toBeVisible();
  for (const action of ["Create Customer", "Import"]) await expect(page.getByRole("link", { name: action, exact: true })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Export", exact: true })).toBeVisible();
  await page.goto(`/customers/${id}`);
  await expect(row(page, "Shop")).toBeVisible();
  for (const verb of ["Edit", "Suspend", "Delete"]) await expect(page.getByRole("link", { name: `${verb} Acme`, exact: true })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Create API Key", exact: true })).toHaveCount(0);
});
