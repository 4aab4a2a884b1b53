import type { Page } from "@playwright/test";
import { expect, interactive, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, anotherBrowser, arriveLoggedIn, dialog, enter, expectToast, forgetPasswordOnce, logIn, press, rowOf } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const TABLET = "Mozilla/5.0 (Linux; Android 15; Pixel Tablet) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

const card = (page: Page) => page.getByRole("region", { name: "Password", exact: true });
const current = (page: Page) => card(page).getByLabel("Current password", { exact: true });
const password = (page: Page) => card(page).getByLabel("New password", { exact: true });
const sessions = (page: Page) => page.getByRole("table", { name: "Sessions", exact: true }).getByRole("row");

test.beforeEach(({ page }) => logIn(page));

test("a new password logs out all other browsers, and only those", async ({ page, open, server, browser, watch, allowConsole }) => {
  allowConsole(/status of 401/);
  const phone = await anotherBrowser({ browser, server, watch }, { userAgent: PHONE });
  const other = await phone.newPage();
  await logIn(other);
  await interactive(other);
  await open("/settings/security");
  await expect(sessions(page)).toHaveCount(3);
  await current(page).fill(OWNER.password);
  await password(page).fill("a battery of horses");
  await press(card(page), "Change password");
  await expectToast(page, "Your password is changed. All other browsers are logged out.");
  await expect(current(page)).toHaveValue("");
  await expect(password(page)).toHaveValue("");
  await expect(sessions(page)).toHaveCount(2);
  await expect(other.getByRole("heading", { name: "Your session has ended", exact: true }).first()).toBeVisible();
  await other.goto("/keys");
  await expect(other).toHaveURL("/login");
  await enter(other, OWNER, "Log in");
  await expect(other.getByRole("alert")).toHaveText("The e-mail address or the password is wrong.");
  await enter(other, { ...OWNER, password: "a battery of horses" }, "Log in");
  await expect(other).toHaveURL("/keys");
  expect(page.url()).toBe(`${server.url}/settings/security`);
});

test("mistakes in a password are shown at their fields", async ({ page, open }) => {
  await open("/settings/security");
  for (const [now, next, at, why] of [
    ["wrong horse battery", "a battery of horses", current, "That is not your password."],
    [OWNER.password, "short", password, "A password has 12 characters or more; 7 are missing."],
    [OWNER.password, OWNER.password, password, "That is the password you have. Choose another."],
    [OWNER.password, "password1234", password, /less common/],
  ] as const) {
    await current(page).fill(now);
    await password(page).fill(next);
    await press(card(page), "Change password");
    await expect(at(page)).toHaveAccessibleDescription(why);
    await expect(at(page)).toBeFocused();
    await expect(current(page)).toHaveValue(now);
    await expect(password(page)).toHaveValue(next);
  }
});

test("sessions are distinguished, one is ended, and then all others", async ({ page, open, server, browser, watch, allowConsole }) => {
  allowConsole(/status of 401/);
  const where = { browser, server, watch };
  const phone = await anotherBrowser(where, { userAgent: PHONE });
  const tablet = await anotherBrowser(where, { userAgent: TABLET });
  const third = await anotherBrowser(where);
  for (const context of [phone, tablet, third]) await arriveLoggedIn(context);
  const onPhone = await phone.newPage();
  await onPhone.goto("/settings/security");
  await interactive(onPhone);
  await open("/settings/security");
  const here = sessions(page).filter({ hasText: "this browser" });
  await expect(here.getByRole("cell")).toHaveText([/^Chrome on Linux this browser$/, /^(127\.0\.0\.1|::1)$/, "just now", "just now", ""]);
  await expect(sessions(page)).toHaveCount(5);
  await expect(rowOf(page, "Sessions", "Chrome on Android")).toHaveCount(1);

  await press(page, "End session of Safari on iPhone");
  await expectToast(page, "Safari on iPhone is logged out.");
  await expect(rowOf(page, "Sessions", "Safari on iPhone")).toHaveCount(0);
  await expect(page.getByRole("main")).toBeFocused();
  await expect(onPhone.getByRole("heading", { name: "Your session has ended", exact: true }).first()).toBeVisible();
  await expect(onPhone.getByRole("table", { name: "Sessions", exact: true })).toHaveCount(0);

  await press(page, "Log out all other browsers");
  await expectToast(page, "2 other browsers are logged out.");
  await expect(sessions(page)).toHaveCount(2);
  await expect(page.getByRole("button", { name: "Log out all other browsers", exact: true })).toHaveCount(0);
  for (const context of [tablet, third]) {
    const answer = await context.request.get("/keys", { maxRedirects: 0 });
    expect(answer.headers()["location"]).toBe("/login");
  }
  await page.reload();
  await expect(page).toHaveURL("/settings/security");
});

test("a new browser appears in the open list, and disappears when it logs out", async ({ page, open, server, browser, watch }) => {
  await open("/settings/security");
  const phone = await anotherBrowser({ browser, server, watch }, { userAgent: PHONE });
  await arriveLoggedIn(phone);
  await page.reload();
  await expect(rowOf(page, "Sessions", "Safari on iPhone")).toHaveCount(1);
  await phone.request.post("/logout", { maxRedirects: 0 });
  await page.reload();
  await expect(sessions(page)).toHaveCount(2);
});

for (const [what, path] of [["End session of Safari on iPhone", "account/end-session"], ["Log out all other browsers", "account/end-other-sessions"]] as const) {
  test(`“${what}” needs a recent password`, async ({ page, open, server, browser, watch, allowConsole }) => {
    allowConsole(/status of 401/);
    await arriveLoggedIn(await anotherBrowser({ browser, server, watch }, { userAgent: PHONE }));
    await open("/settings/security");
    await forgetPasswordOnce(page, path);
    await press(page, what);
    const confirm = dialog(page, "Confirm your password");
    await confirm.getByLabel("Password", { exact: true }).fill(OWNER.password);
    await press(confirm, "Confirm");
    await expect(confirm).toBeHidden();
    await expect(sessions(page)).toHaveCount(2);
    await expect(card(page)).toBeVisible();
  });
}
