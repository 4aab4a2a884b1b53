import { expect, expectAccessible, expectAccessibleEverywhere, test } from "./fixture.ts";
import {
  WITH_OWNER, addCustomer, arriveLoggedIn, createKey, createKeyOf, dialog, dialogs, expectNoKeys, keyNamed, mintKey, nameField, press, question, row, saveAndClose, submitKey,
} from "./journeys.ts";

test("the setup is accessible", async ({ page, open, server }) => {
  await open("/setup");
  await expectAccessibleEverywhere(page);
  const link = () => /\/setup\?link=\w+/.exec(server.log)?.[0];
  await expect.poll(link).toBeDefined();
  await open(link() ?? "");
  await expect(page.getByRole("button", { name: "Create owner", exact: true })).toBeVisible();
  await expectAccessibleEverywhere(page);
});

test.describe("with an owner", () => {
  // Each test checks many screens four times, which takes long on a busy machine.
  test.describe.configure({ timeout: 240_000 });

  test.use({ serverEnvironment: WITH_OWNER });

  test("the login is accessible", async ({ page, open }) => {
    await open("/login");
    await expectAccessibleEverywhere(page);
  });

  test.describe("logged in", () => {
    test.beforeEach(({ context }) => arriveLoggedIn(context));

    test("the screens of an empty console are accessible", async ({ page, open }) => {
      await open("/");
      await expectNoKeys(page);
      await expectAccessibleEverywhere(page);
      await open("/keys");
      await expectNoKeys(page);
      await expectAccessibleEverywhere(page);
    });

    test("the home screen with the user menu is accessible", async ({ page, open, server }) => {
      mintKey(server, "Shop");
      await open("/");
      await expect(page.getByRole("list", { name: "Keys by status" })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await page.getByRole("button", { name: /user menu$/ }).click();
      await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("the list with its filters is accessible", async ({ page, open, server }) => {
      mintKey(server, "Shop", "--endpoint", "chat", "--endpoint", "image", "--expires", "5d");
      mintKey(server, "x".repeat(100));
      server.run(["key", "disable", keyNamed(server, "Shop").id]);
      await open("/keys");
      await expect(row(page, "Shop")).toBeVisible();
      await expectAccessibleEverywhere(page);
      await page.getByRole("button", { name: "Status", exact: true }).click();
      await expect(page.getByRole("checkbox", { name: "Inactive", exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await open("/keys?search=nothing&status=failed");
      await expect(page.getByRole("heading", { name: "No key matches", exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("the form that creates a key is accessible", async ({ page, open }) => {
      await open("/keys/new");
      await expect(dialogs.create(page)).toBeVisible();
      await expectAccessibleEverywhere(page);
      await nameField(dialogs.create(page)).fill("");
      await dialogs.create(page).getByRole("radio", { name: "Only these", exact: true }).check();
      await dialogs.create(page).getByRole("combobox", { name: "Expires", exact: true }).selectOption("On a date");
      await submitKey(page);
      await expect(dialogs.create(page).getByText("Give the key a name.")).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("the dialog that shows a token is accessible", async ({ page, open }) => {
      await open("/keys/new");
      await createKey(page, "Shop");
      await expect(dialogs.save(page).getByText("Active", { exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await page.keyboard.press("Escape");
      await expect(dialogs.save(page).getByRole("alert")).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("the form that edits a key is accessible", async ({ page, open, server }) => {
      mintKey(server, "Shop", "--endpoint", "chat");
      await open(`/keys/${keyNamed(server, "Shop").id}/edit`);
      const edit = dialogs.edit(page);
      await expect(edit).toBeVisible();
      await expectAccessibleEverywhere(page);
      await nameField(edit).fill("");
      await edit.getByRole("combobox", { name: "Expires", exact: true }).selectOption("On a date");
      await edit.getByRole("button", { name: "Save changes", exact: true }).click();
      await expect(edit.getByText("Give the key a name.")).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("the rotation of a key, and its screen with both tokens, are accessible", async ({ page, open, server }) => {
      mintKey(server, "Shop", "--endpoint", "chat", "--expires", "9d");
      const { id } = keyNamed(server, "Shop");
      await open(`/keys/${id}/rotate?from=key`);
      await expect(dialogs.rotate(page)).toBeVisible();
      await expectAccessibleEverywhere(page);
      await dialogs.rotate(page).getByRole("button", { name: "Rotate API Key", exact: true }).click();
      await saveAndClose(page);
      await expect(page.getByRole("region", { name: "Old and new token", exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("selected keys and their bulk actions are accessible", async ({ page, open, server }) => {
      mintKey(server, "Shop");
      mintKey(server, "Billing");
      await open("/keys");
      await page.getByRole("checkbox", { name: "Select Shop", exact: true }).check();
      await expect(page.getByRole("region", { name: "Selected keys", exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await page.getByRole("button", { name: "Delete selected", exact: true }).click();
      await expect(page.getByRole("alertdialog")).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("the API Reference is accessible", async ({ page, open }) => {
      await open("/reference");
      await expect(page.getByRole("article", { name: "Create a key", exact: true })).toBeVisible();
      // All operations are drawn alike, and the check of forty takes minutes.
      await page.evaluate(() => [...document.querySelectorAll("main article")].slice(6).forEach((operation) => operation.remove()));
      for (const fold of await page.getByText("Example", { exact: true }).all()) await fold.evaluate((it) => it.parentElement?.setAttribute("open", ""));
      await expectAccessibleEverywhere(page);
      await page.getByRole("button", { name: "Contents", exact: true }).click();
      await expect(page.getByRole("navigation", { name: "Contents", exact: true })).toBeVisible();
      await expectAccessible(page);
    });

    test("customers are accessible", async ({ page, open, context }) => {
      await open("/customers");
      await expect(page.getByRole("heading", { name: "Create your first customer", exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await open("/customers/new");
      const form = dialog(page, "Create Customer");
      await expect(form).toBeVisible();
      await form.getByRole("textbox", { name: "Metadata", exact: true }).fill("[]");
      await press(form, "Create Customer");
      await expect(form.getByText("Give the customer a name.", { exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
      const fields = { external_id: "acme-7", name: "Acme", metadata: '{"plan": "pro"}', limit_day: "1000" };
      const id = await addCustomer(context, fields);
      await createKeyOf(context, "acme-7", "Shop");
      await open(`/customers/${id}`);
      await expect(row(page, "Shop")).toBeVisible();
      await expectAccessibleEverywhere(page);
      for (const [step, title] of [["suspend", "Suspend Customer"], ["delete", "Delete Customer"]] as const) {
        await open(`/customers/${id}/${step}?from=customer`);
        await expect(question(page, title)).toBeVisible();
        await expectAccessibleEverywhere(page);
      }
      await open("/customers/import");
      await expectAccessibleEverywhere(page);
      await page.getByRole("textbox", { name: "Or its lines", exact: true }).fill("external_id,name\nacme-7,Acme Inc.\nnew,New\n");
      await press(page, "Check");
      await expect(page.getByRole("row", { name: /Name: Acme → Acme Inc\./ })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await context.request.post(`/customers/${id}/suspend`);
      await open("/customers");
      await expect(page.getByRole("cell", { name: "Suspended", exact: true })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await open(`/customers/${id}`);
      await expect(page.getByText(/^Suspended: all its keys are refused/)).toBeVisible();
      await expectAccessibleEverywhere(page);
    });

    test("bias profiles are accessible", async ({ page, open }) => {
      await open("/profiles");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Bias Profiles");
      await expectAccessibleEverywhere(page);
      await open("/profiles/new");
      const form = page.getByRole("dialog", { name: "Create Bias Profile", exact: true });
      await expect(form).toBeVisible();
      await expectAccessibleEverywhere(page);
      await form.getByRole("spinbutton", { name: "Gender threshold", exact: true }).fill("101");
      await form.getByRole("button", { name: "Create Bias Profile", exact: true }).click();
      await expect(form.getByText("Gender: a threshold is a whole number from 0 to 100.")).toBeVisible();
      await expectAccessibleEverywhere(page);
      await form.getByRole("spinbutton", { name: "Gender threshold", exact: true }).fill("30");
      await form.getByRole("textbox", { name: "Name", exact: true }).fill("Strict");
      await form.getByRole("button", { name: "Create Bias Profile", exact: true }).click();
      await expect(page.getByRole("cell", { name: /^Strict/ })).toBeVisible();
      await expectAccessibleEverywhere(page);
      await page.getByRole("link", { name: "Strict", exact: true }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Strict");
      await expectAccessibleEverywhere(page);
    });

    test("the dialog that deletes a key is accessible", async ({ page, open, server }) => {
      mintKey(server, "Shop");
      await open(`/keys/${keyNamed(server, "Shop").id}/delete`);
      await expect(dialogs.delete(page)).toBeVisible();
      await expectAccessibleEverywhere(page);
    });
  });
});
