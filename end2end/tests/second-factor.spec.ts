import type { Page } from "@playwright/test";
import { expect, interactive, loseSession, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, addPerson, anotherBrowser, arriveLoggedIn, dialog, enter, expectToast, forgetPasswordOnce, logIn, press, question, rowOf,
} from "./journeys.ts";
import { totp } from "./totp.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await logIn(page);
});

const card = (page: Page) => page.getByRole("region", { name: "Second factor", exact: true });
const settingUp = (page: Page) => dialog(page, "Set up second factor");
const saving = (page: Page) => dialog(page, "Save your recovery codes");
const code = (page: Page) => page.getByRole("textbox", { name: "Code", exact: true });
const RECOVERY = /[0-9a-z]{4}(?:-[0-9a-z]{4}){5}/;

/** The secret that the dialog shows to people who cannot scan the code. */
async function secret(page: Page): Promise<string> {
  await expect(settingUp(page)).toContainText(/[A-Z2-7]{4}( [A-Z2-7]{4}){7}/);
  const shown = /[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/.exec((await settingUp(page).textContent()) ?? "")?.[0] ?? "";
  return shown.replaceAll(" ", "");
}

async function shownCodes(page: Page): Promise<string[]> {
  const codes = saving(page).getByRole("list", { name: "Recovery codes", exact: true }).getByRole("listitem");
  await expect(codes).toHaveText(Array.from({ length: 10 }, () => new RegExp(`^${RECOVERY.source}$`)));
  return codes.allTextContents();
}

/** Sets up a second factor. That uses up the code of this half minute. */
async function setUp(page: Page): Promise<{ seed: string; codes: string[] }> {
  await page.goto("/settings/security/second-factor");
  const seed = await secret(page);
  await code(page).fill(totp(seed));
  await press(settingUp(page), "Turn on");
  const codes = await shownCodes(page);
  await press(saving(page), "Copy recovery codes");
  await press(saving(page), "Done");
  await expect(saving(page)).toBeHidden();
  return { seed, codes };
}

/** Enters the password in a browser that is logged out. */
async function askedForCode(page: Page): Promise<void> {
  await loseSession(page);
  await page.goto("/login");
  await enter(page, OWNER, "Log in");
  await expect(page).toHaveURL("/login/code");
}

test("the second factor is set up by its secret, and the recovery codes are shown once", async ({ page, open }) => {
  await open("/settings/security");
  await expect(card(page)).toContainText("Your password alone lets in.");
  await card(page).getByRole("link", { name: "Set up", exact: true }).press("Enter");
  await expect(settingUp(page).getByRole("img", { name: "QR code for your authenticator app", exact: true })).toBeVisible();
  const seed = await secret(page);
  await expect(code(page)).toBeFocused();
  await press(settingUp(page), "Copy secret");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^[A-Z2-7 ]{32,39}$/);

  for (const wrong of ["", "12345", totp(seed, 9)]) {
    await code(page).fill(wrong);
    await press(settingUp(page), "Turn on");
    await expect(code(page)).toHaveAccessibleDescription("That is not the code. Enter the one that the app shows now.");
    await expect(code(page)).toBeFocused();
    await expect(settingUp(page)).toContainText(seed.slice(0, 4));
  }
  const right = totp(seed);
  await code(page).fill(`${right.slice(0, 3)} ${right.slice(3)}`);
  await page.keyboard.press("Enter");
  const codes = await shownCodes(page);
  expect(new Set(codes).size).toBe(10);

  // The dialog asks a person who has not stored the codes for confirmation.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(saving(page)).toBeVisible();
  const done = saving(page).getByRole("button", { name: "Done", exact: true });
  await expect(done).toBeDisabled();
  await saving(page).getByRole("checkbox", { name: "I have stored them", exact: true }).check();
  await expect(done).toBeEnabled();
  await saving(page).getByRole("checkbox", { name: "I have stored them", exact: true }).uncheck();
  await press(saving(page), "Copy recovery codes");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(codes.join("\n"));
  await done.click();
  await expect(saving(page)).toBeHidden();
  await expect(page).toHaveURL("/settings/security");
  await expect(card(page)).toContainText("10 recovery codes are left.");
  expect(await page.content()).not.toContain(codes[0]);
  await page.reload();
  await expect(card(page)).toContainText("10 recovery codes are left.");
  expect(await page.content()).not.toContain(codes[0]);
});

test("leaving the dialog sets nothing up, and the next secret differs", async ({ page, open }) => {
  await open("/settings/security/second-factor");
  const first = await secret(page);
  await press(settingUp(page), "Cancel");
  await expect(page).toHaveURL("/settings/security");
  await expect(card(page).getByRole("link", { name: "Set up", exact: true })).toBeVisible();
  await card(page).getByRole("link", { name: "Set up", exact: true }).click();
  expect(await secret(page)).not.toBe(first);
  await code(page).fill(totp(first));
  await press(settingUp(page), "Turn on");
  await expect(code(page)).toHaveAccessibleDescription(/^That is not the code/);
});

test("the login asks for the code, and accepts each code only once", async ({ page, allowConsole }) => {
  allowConsole(/status of 401/);
  const { seed } = await setUp(page);
  await askedForCode(page);
  await interactive(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Enter your code");
  const used = totp(seed);
  for (const wrong of ["no code", totp(seed, 9)]) {
    await code(page).fill(wrong);
    await press(page, "Log in");
    await expect(page.getByRole("alert")).toHaveText("That code is wrong, or it was used already.");
    await expect(page).toHaveURL("/login/code");
  }
  // The code is half a minute ahead, like that of a phone with a fast clock, since the present code is used up.
  const next = totp(seed, 1);
  await code(page).fill(next);
  await press(page, "Log in");
  await expect(page).toHaveURL("/");
  for (const again of [used, next]) {
    await askedForCode(page);
    await code(page).fill(again);
    await press(page, "Log in");
    await expect(page.getByRole("alert")).toHaveText("That code is wrong, or it was used already.");
  }
  // The password alone is not enough.
  await page.goto("/keys");
  await expect(page).toHaveURL("/login");
});

test("a recovery code works once", async ({ page, open, allowConsole }) => {
  allowConsole(/status of 401/);
  const { codes } = await setUp(page);
  const first = codes[0] ?? "";
  await askedForCode(page);
  await page.getByRole("link", { name: "Use a recovery code", exact: true }).click();
  await expect(page).toHaveURL("/login/code?with=recovery");
  await code(page).fill(first.replaceAll("-", " ").toUpperCase());
  await press(page, "Log in");
  await expect(page).toHaveURL("/");
  await open("/settings/security");
  await expect(card(page)).toContainText("9 recovery codes are left.");

  await askedForCode(page);
  await code(page).fill(first);
  await press(page, "Log in");
  await expect(page.getByRole("alert")).toHaveText("That code is wrong, or it was used already.");
  await code(page).fill(codes[1] ?? "");
  await press(page, "Log in");
  await expect(page).toHaveURL("/");
});

test("the page for the code needs a password that was entered a moment ago", async ({ page, request }) => {
  await setUp(page);
  const answer = await request.get("/login/code", { maxRedirects: 0 });
  expect([answer.status(), answer.headers()["location"]]).toEqual([303, "/login"]);
  const post = await request.post("/login/code", { form: { code: "123456" }, maxRedirects: 0 });
  expect([post.status(), post.headers()["location"]]).toEqual([303, "/login"]);
  await askedForCode(page);
  await page.getByRole("link", { name: "Start again", exact: true }).click();
  await expect(page).toHaveURL("/login");
});

test("new recovery codes replace the old ones", async ({ page, open, allowConsole }) => {
  allowConsole(/status of 401/);
  const { codes } = await setUp(page);
  await open("/settings/security");
  await forgetPasswordOnce(page, "account/new-recovery-codes");
  await press(card(page), "New recovery codes");
  const confirm = dialog(page, "Confirm your password");
  await confirm.getByLabel("Password", { exact: true }).fill(OWNER.password);
  await press(confirm, "Confirm");
  const fresh = await shownCodes(page);
  expect(fresh).not.toContain(codes[0]);
  await saving(page).getByRole("checkbox", { name: "I have stored them", exact: true }).check();
  await press(saving(page), "Done");
  await askedForCode(page);
  await code(page).fill(codes[0] ?? "");
  await press(page, "Log in");
  await expect(page.getByRole("alert")).toHaveText("That code is wrong, or it was used already.");
  await code(page).fill(fresh[0] ?? "");
  await press(page, "Log in");
  await expect(page).toHaveURL("/");
});

test("after the second factor is turned off, the password is enough", async ({ page, open }) => {
  await setUp(page);
  await open("/settings/security");
  await card(page).getByRole("link", { name: "Turn off", exact: true }).press("Enter");
  const off = question(page, "Turn off second factor");
  await expect(off.getByRole("button", { name: "Cancel", exact: true })).toBeFocused();
  await press(off, "Turn off");
  await expectToast(page, "The second factor is off.");
  await expect(off).toBeHidden();
  await expect(card(page)).toContainText("Your password alone lets in.");
  await loseSession(page);
  await logIn(page);
});

test("an owner removes the second factor of a person who has lost it", async ({ page, open, server, browser, watch }) => {
  const person = addPerson(server, "developer");
  const context = await anotherBrowser({ browser, server, watch });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await arriveLoggedIn(context, person);
  const theirs = await context.newPage();
  await open("/settings/users");
  const them = rowOf(page, "Users", person.email);
  await expect(them.getByRole("cell").nth(3)).toHaveText("Off");
  await setUp(theirs);
  await expect(them.getByRole("cell").nth(3)).toHaveText("On");
  await them.getByRole("link", { name: "Remove second factor of developer", exact: true }).click();
  const remove = question(page, "Remove Second Factor");
  await press(remove, "Remove");
  await expectToast(page, "developer logs in with the password alone.");
  await expect(them.getByRole("cell").nth(3)).toHaveText("Off");
  await expect(card(theirs)).toContainText("Your password alone lets in.");
  await loseSession(theirs);
  await logIn(theirs, person);
});
