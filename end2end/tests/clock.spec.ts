import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, createKey, dialogs, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("a key made where the clock is wrong fails, says why, and never works", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  await page.clock.setFixedTime(Date.now() + 5 * 60_000);
  await open("/keys/new");
  const token = await createKey(page, "Shop");
  const save = dialogs.save(page);
  await expect(save).toContainText(/Your clock is \d min \d+ s ahead\. Set it right and create a new key\./);
  expect(await verify(server, token)).toBe("FAILED");
  // There is nothing worth copying, and a new key to be made.
  await save.getByRole("link", { name: "Create API Key", exact: true }).click();
  await expect(dialogs.create(page)).toBeVisible();
  await expect(save).toBeHidden();
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
