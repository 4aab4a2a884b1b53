// The first seed, "Obtain API Key", step by step as a new user would, without a reload.

import { expect, interactive, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, arriveLoggedIn, authorize, dialog, dialogs, enter, keyNamed, nameField, row, saveAndClose, shownToken, submitKey, verify,
} from "./journeys.ts";

test.describe("obtaining a key", () => {
  test.use({ serverEnvironment: { ...WITH_OWNER, LATCHKEY_PROVISIONING_MIN: "10s" } });

  test("a person gets from the AI Console to a working key", async ({ page, open, server, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open("/login");
    await enter(page, OWNER, "Log in");
    await expect(page).toHaveURL("/");
    await interactive(page);

    await test.step("1. go to the AI Console and on to the keys", async () => {
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("AI Console");
      await page.getByRole("main").getByRole("link", { name: "API Keys", exact: true }).click();
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("API Keys");
    });

    await test.step("2. create a new key", async () => {
      await page.getByRole("link", { name: "Create API Key", exact: true }).click();
      await expect(dialogs.create(page)).toBeVisible();
    });

    await test.step("3. give it a name", async () => {
      await expect(nameField(dialogs.create(page))).toHaveValue(/\S/);
      await nameField(dialogs.create(page)).fill("Go crazy! 🎉");
    });

    await test.step("4. define its endpoints", async () => {
      await dialogs.create(page).getByRole("checkbox", { name: "Chat", exact: true }).check();
      await expect(dialogs.create(page)).toContainText("Endpoints cannot be changed later.");
      await submitKey(page);
    });

    const token = await shownToken(page);
    const steps = dialogs.save(page).getByRole("status").getByRole("listitem");
    await test.step("5. it is provisioned, and cannot be used during this time", async () => {
      await expect(steps).toHaveText([/^Stored/, /^Clocks agree: doneyours is .*(ahead|behind)$/, /^Nodes ready: done1 of 1$/, /^Ready in \d+ s/]);
      await expect(dialogs.save(page).getByRole("status")).not.toContainText("Active");
      expect(await verify(server, token)).toBe("PROVISIONING");
      const refused = await authorize(server, token, "POST", "/api/v1/chat/completions");
      expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([401, "ERR_KEY_PROVISIONING"]);
    });

    await test.step("6. it becomes active by itself", async () => {
      await expect(steps.last()).toHaveText(/^Active: doneafter 1\d\.\d s$/, { timeout: 20_000 });
      await expect.poll(() => verify(server, token)).toBe("VALID");
    });

    await test.step("7. it is shown only once", async () => {
      await expect(dialogs.save(page)).toContainText("This key is shown only once.");
      await saveAndClose(page);
      await expect(page).toHaveURL("/keys");
      await expect(page.locator("body")).not.toContainText(token);
    });

    await test.step("a call of another endpoint is refused with 403 and the reason", async () => {
      const refused = await authorize(server, token, "POST", "/api/v1/img");
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({
        code: "ERR_NO_PERMISSION", detail: "Access to image endpoint is denied for this key.", endpoint: "image",
      });
    });

    const key = row(page, "Go crazy! 🎉");
    await test.step("the page shows its status, disables it and deletes it", async () => {
      await expect(key.getByRole("cell", { name: "Active", exact: true })).toBeVisible();
      await key.getByRole("button", { name: "Disable Go crazy! 🎉", exact: true }).click();
      await expect(key.getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
      expect(await verify(server, token)).toBe("INACTIVE");
      await key.getByRole("link", { name: "Delete Go crazy! 🎉", exact: true }).click();
      await dialogs.delete(page).getByRole("button", { name: "Delete", exact: true }).click();
      await expect(key).toBeHidden();
      expect(await verify(server, token)).toBe("NOT_FOUND");
    });
  });
});

test.describe("the system time is wrong", () => {
  test.use({ serverEnvironment: WITH_OWNER });

  test("provisioning fails for good, names the skew, and a new key can be generated", async ({ page, open, server, context }) => {
    await arriveLoggedIn(context);
    // The clock runs 3 min 12 s behind. On a slow machine, the time for loading a page adds to the skew.
    await page.addInitScript(() => {
      const now = Date.now.bind(Date);
      const offset = { milliseconds: -192_000 };
      Date.now = () => now() + offset.milliseconds;
      Object.assign(globalThis, { setTheClockRight: () => (offset.milliseconds = 0) });
    });
    await open("/keys/new");
    await expect(dialogs.create(page).getByRole("alert")).toContainText(/Your computer's clock is 3 min \d+ s behind the server's\./);
    await nameField(dialogs.create(page)).fill("Shop");
    const answer = page.waitForResponse((it) => it.request().method() === "POST" && new URL(it.url()).pathname === "/keys/new");
    await submitKey(page);
    const { Done: { Created: { token } } } = (await (await answer).json()) as { Done: { Created: { token: string } } };
    const failed = dialog(page, "This API key failed");
    await expect(failed.getByRole("status")).toContainText(/Your clock is 3 min \d+ s behind the server's\..* Set right the one that is wrong, and create a new key\./);
    await expect(failed.getByRole("status").getByRole("listitem").nth(1)).toHaveText(/^Clocks disagree: failed/);
    // The stored key comes into force a moment later.
    await expect.poll(() => verify(server, token)).toBe("FAILED");
    expect(() => server.run(["key", "enable", keyNamed(server, "Shop").id])).toThrow(/is failed and cannot be enabled/);

    await page.evaluate(() => (globalThis as unknown as { setTheClockRight: () => void }).setTheClockRight());
    await failed.getByRole("link", { name: "Create API Key", exact: true }).click();
    await expect(dialogs.create(page)).toBeVisible();
    await nameField(dialogs.create(page)).fill("Shop again");
    await submitKey(page);
    const working = await shownToken(page);
    const save = dialogs.save(page);
    await expect(save.getByRole("status").getByRole("listitem").last()).toHaveText(/^Active/);
    await expect.poll(() => verify(server, working)).toBe("VALID");
    await save.getByRole("textbox", { name: "API key", exact: true }).press("ControlOrMeta+a");
    await page.keyboard.press("ControlOrMeta+c");
    await save.getByRole("button", { name: "Done", exact: true }).click();

    const first = row(page, "Shop");
    await expect(first.getByRole("cell", { name: "Failed", exact: true })).toBeVisible();
    await expect(first.getByRole("button", { name: /^(?!Copy key_)/ })).toHaveCount(0);
    await expect(first.getByRole("link", { name: "Delete Shop", exact: true })).toBeVisible();
  });
});
