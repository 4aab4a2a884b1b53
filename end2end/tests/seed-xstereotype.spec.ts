// The third seed, "Managing API Keys", step by step as a new user would, without a reload.

import type { Locator } from "@playwright/test";

import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, copyToken, dialogs, keyNamed, nameField, row, saveAndClose, shownToken, submitKey, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

/** The accessible names of the links in the last cell of a row: actions are icons. */
const namesOfLinks = (line: Locator) => line.getByRole("cell").last().getByRole("link").evaluateAll((links) => links.map((link) => link.ariaLabel));

test("keys are viewed, created, updated and deleted", async ({ page, open, server, context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open("/");

  await test.step("create a bias profile to choose", async () => {
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Bias Profiles", exact: true }).click();
    await page.getByRole("link", { name: "Create Bias Profile", exact: true }).click();
    const form = page.getByRole("dialog", { name: "Create Bias Profile", exact: true });
    await form.getByRole("textbox", { name: "Name", exact: true }).fill("Strict");
    await form.getByRole("spinbutton", { name: "Gender threshold", exact: true }).fill("30");
    await form.getByRole("combobox", { name: "Gender action", exact: true }).selectOption("Block");
    await form.getByRole("button", { name: "Create Bias Profile", exact: true }).click();
    await expect(form).toBeHidden();
  });

  await test.step("1. click the button in the top right corner", async () => {
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "API Keys", exact: true }).click();
    await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  });
  await test.step("2. choose a bias profile from the dropdown", async () => {
    const profile = dialogs.create(page).getByRole("combobox", { name: "Bias Profile", exact: true });
    await expect(profile.getByRole("option")).toHaveText(["None", "Strict"]);
    await expect(profile).toHaveValue("");
    await nameField(dialogs.create(page)).fill("Shop");
    await profile.selectOption("Strict");
  });
  await test.step("3. click Create API Key", () => submitKey(page));

  const token = await shownToken(page);
  await test.step("copy the value by the copy icon", async () => {
    await copyToken(page);
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
    await expect(dialogs.save(page).getByRole("status").getByRole("listitem").last()).toHaveText(/^Active/);
    await dialogs.save(page).getByRole("button", { name: "Done", exact: true }).click();
    await expect(dialogs.save(page)).toBeHidden();
  });

  const key = row(page, "Shop");
  await test.step("the table shows the key with all its facts", async () => {
    await expect(page.getByRole("columnheader")).toHaveText([
      "Name", "API Key ID", "API Key", "Status", "Endpoints", "Last Used", "Bias Profile", "Actions",
    ]);
    await expect(key.getByText(keyNamed(server, "Shop").id, { exact: true })).toBeVisible();
    await expect(key.getByRole("cell", { name: `sk_live_…${token.slice(-4)}`, exact: true })).toBeVisible();
    await expect(key.getByRole("cell", { name: "Active", exact: true })).toBeVisible();
    await expect(key.getByRole("cell", { name: "Never", exact: true })).toBeVisible();
    await expect(key.getByRole("cell", { name: "Strict v1", exact: true })).toBeVisible();
    expect(await namesOfLinks(key)).toEqual(["Edit Shop", "Rotate Shop", "Delete Shop"]);
  });

  await test.step("the verifier delivers the profile with the key", async () => {
    const answer = await fetch(`${server.url}/v1/keys/verify`, { method: "POST", body: JSON.stringify({ key: token, endpoint: "check-bias" }) });
    const { biasProfile } = (await answer.json()) as { biasProfile: { categories: unknown[] } };
    expect(biasProfile).toMatchObject({ name: "Strict", version: 1 });
    expect(biasProfile.categories).toContainEqual({ category: "gender", threshold: 30, action: "block" });
  });

  await test.step("edit: pencil, profile and status, save", async () => {
    await key.getByRole("link", { name: "Edit Shop", exact: true }).click();
    const edit = dialogs.edit(page);
    await edit.getByRole("combobox", { name: "Bias Profile", exact: true }).selectOption("None");
    await edit.getByRole("combobox", { name: "Status", exact: true }).selectOption("Inactive");
    await edit.getByRole("button", { name: "Save changes", exact: true }).click();
    await expect(edit).toBeHidden();
    await expect(key.getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
    await expect(key.getByRole("cell", { name: "None", exact: true })).toBeVisible();
    expect(await verify(server, token)).toBe("INACTIVE");
  });

  await test.step("make the key active again", async () => {
    await key.getByRole("link", { name: "Edit Shop", exact: true }).click();
    await dialogs.edit(page).getByRole("combobox", { name: "Status", exact: true }).selectOption("Active");
    await dialogs.edit(page).getByRole("button", { name: "Save changes", exact: true }).click();
    await expect(key.getByRole("cell", { name: "Active", exact: true })).toBeVisible();
    expect(await verify(server, token)).toBe("VALID");
  });

  await test.step("delete: trash icon, the three warnings, Delete", async () => {
    await key.getByRole("link", { name: "Delete Shop", exact: true }).click();
    const question = dialogs.delete(page);
    await expect(question.getByRole("listitem")).toHaveText([
      "Deletion is permanent and cannot be undone.",
      "All services using this key stop working immediately.",
      "Update every application that uses it before you go on.",
    ]);
    await expect(question).toContainText("Still in use: 2 requests in the last 24 h, the latest just now from 127.0.0.1.");
    await question.getByRole("button", { name: "Delete", exact: true }).click();
    await expect(key).toBeHidden();
    expect(await verify(server, token)).toBe("NOT_FOUND");
  });
});

test("a key that reached its end date is EXPIRED", async ({ page, open, server, context }) => {
  await arriveLoggedIn(context);
  const token = server.run(["key", "create", "--environment", "default", "--name", "Shop", "--expires", "1s"]).trim();
  await expect.poll(() => verify(server, token)).toBe("EXPIRED");
  await open("/keys");
  await expect(row(page, "Shop").getByRole("cell", { name: /^Expired/ })).toBeVisible();
  expect(await namesOfLinks(row(page, "Shop"))).toEqual(["Delete Shop"]);
});

test("regular rotation: the old token works while applications are updated", async ({ page, open, server, context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const old = server.run(["key", "create", "--environment", "default", "--name", "Shop"]).trim();
  await open("/keys");
  await row(page, "Shop").getByRole("link", { name: "Rotate Shop", exact: true }).click();
  await dialogs.rotate(page).getByRole("button", { name: "Rotate API Key", exact: true }).click();
  const token = await shownToken(page);
  expect(token).not.toBe(old);
  expect([await verify(server, old), await verify(server, token)]).toEqual(["VALID", "VALID"]);
  await saveAndClose(page);
  await expect(row(page, "Shop").getByRole("cell", { name: `sk_live_…${token.slice(-4)}`, exact: true })).toBeVisible();
});
