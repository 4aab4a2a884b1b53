import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, createKey, dialog, dialogs, nameField, row, submitKey, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("a key made where the clock is wrong fails, says why, and never works", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  await page.clock.setFixedTime(Date.now() + 5 * 60_000);
  await open("/keys/new");
  const answer = page.waitForResponse("**/api/keys/create");
  await nameField(dialogs.create(page)).fill("Shop");
  await submitKey(page);
  const { Created: { token } } = (await (await answer).json()) as { Created: { token: string } };
  const failed = dialog(page, "This API key failed");
  await expect(failed).toContainText(/Your clock is \d min \d+ s ahead\. Set it right and create a new key\./);
  expect(await verify(server, token)).toBe("FAILED");
  // There is nothing worth copying, and a new key to be made.
  await expect(failed.getByRole("textbox")).toHaveCount(0);
  await expect(dialogs.save(page)).toHaveCount(0);
  const again = failed.getByRole("link", { name: "Create API Key", exact: true });
  await expect(again).toBeFocused();
  await again.press("Enter");
  await expect(dialogs.create(page)).toBeVisible();
  await expect(failed).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(row(page, "Shop").getByRole("cell", { name: "Failed", exact: true })).toBeVisible();
  await expect(row(page, "Shop").getByRole("button")).toHaveCount(0);
});

test("an unsure clock is no obstacle", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  await page.clock.setFixedTime(Date.now() - 30_000);
  await open("/keys/new");
  const token = await createKey(page, "Shop");
  await expect.poll(() => verify(server, token)).toBe("VALID");
});
