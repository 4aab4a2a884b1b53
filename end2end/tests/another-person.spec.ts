// Two people use one browser one after the other, while a tab of the first person is still open.

import { expect, interactive, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, addPerson, arriveLoggedIn, logOut, mintKey, row } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

function notice(page: import("@playwright/test").Page) {
  return page.getByRole("alertdialog", { name: "Another person is logged in", exact: true });
}

test("a tab of the first person says so and does nothing", async ({ page, context, server, open, allowConsole }) => {
  allowConsole(/status of 412/);
  mintKey(server, "Shop");
  const second = addPerson(server, "admin", "noor");
  await arriveLoggedIn(context);
  // The live stream would report the new person at once. A tab without the stream must not act either.
  await page.route("/events", () => {});
  await open("/keys");
  await expect(row(page, "Shop")).toBeVisible();
  await arriveLoggedIn(context, second);
  await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
  await expect(page.getByText(`This browser is now logged in as ${second.email}.`).first()).toBeVisible();
  await expect(notice(page)).toContainText(OWNER.email);
  await page.keyboard.press("Escape");
  await expect(notice(page)).toBeVisible();
  await notice(page).getByRole("link", { name: "Reload", exact: true }).click();
  await interactive(page);
  await expect(page.getByRole("button", { name: "noor, user menu", exact: true })).toBeVisible();
  await page.goto("/keys");
  await expect(row(page, "Shop").getByRole("cell", { name: "Active", exact: true })).toBeVisible();
});

test("a tab of the first person notices by itself when it becomes visible", async ({ page, context, server, open, allowConsole }) => {
  allowConsole(/status of (401|412)/);
  const second = addPerson(server, "viewer", "noor");
  await arriveLoggedIn(context);
  await open("/keys");
  const other = await context.newPage();
  await other.goto("/");
  await interactive(other);
  await logOut(other);
  await arriveLoggedIn(context, second);
  await page.bringToFront();
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(notice(page)).toBeVisible();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });
  test.beforeEach(({ allowConsole }) => allowConsole(/request failed: GET \S+\.js csp$|status of 409/));

  test("a form of the first person does nothing", async ({ page, context, server }) => {
    mintKey(server, "Shop");
    const second = addPerson(server, "admin", "noor");
    await arriveLoggedIn(context);
    await page.goto("/keys");
    await arriveLoggedIn(context, second);
    await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
    await expect(page.getByText(`You are logged in as ${second.email}`)).toBeVisible();
    await page.goto("/keys");
    await expect(row(page, "Shop").getByRole("cell", { name: "Active", exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
    await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
  });
});
