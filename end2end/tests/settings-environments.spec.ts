import type { Locator, Page } from "@playwright/test";
import { expect, interactive, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, anotherPerson, arriveLoggedIn, authorize, dialog, expectToast, forgetPasswordOnce, mintKey, nameField, press, row, rowWith, verify,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

const LIVE = /sk_live_[0-9A-Za-z]{36}/;

const environment = (page: Page, name = "default") => rowWith(page, "Environments", `Rename ${name}`);
const selector = (page: Page) => page.getByRole("banner").getByRole("combobox", { name: "Environment", exact: true });
const confirm = (page: Page) => dialog(page, "Confirm your password");

async function reveal(page: Page, name = "default"): Promise<string> {
  await press(environment(page, name), `Reveal API key for ${name}`);
  await expect(environment(page, name)).toContainText(LIVE);
  return LIVE.exec((await environment(page, name).textContent()) ?? "")?.[0] ?? "";
}

async function follow(link: Locator, name: string): Promise<void> {
  await link.getByRole("link", { name, exact: true }).click();
}

/** Rotates the environment key of `default`, with this grace for the old token. */
async function rotate(page: Page, grace: string): Promise<void> {
  await follow(environment(page), "Rotate API key for default");
  const rotating = dialog(page, "Rotate API Key");
  await rotating.getByRole("radio", { name: grace, exact: true }).check();
  await press(rotating, "Rotate API key");
  await expect(rotating).toBeHidden();
}

test("an environment is created, and mistakes are shown at their fields", async ({ page, open, server }) => {
  await open("/settings");
  await page.getByRole("link", { name: "Create Environment", exact: true }).press("Enter");
  const create = dialog(page, "Create Environment");
  await expect(page).toHaveURL("/settings/environments/new");
  await expect(nameField(create)).toBeFocused();
  const kind = create.getByRole("combobox", { name: "Kind", exact: true });
  await expect(kind).toHaveValue("live");
  await kind.selectOption("test");
  for (const [wrong, why] of [
    ["", "Give the environment a name, like staging."],
    ["my place", "Use letters, digits, dots, dashes and underscores, and begin with a letter or digit."],
    ["DEFAULT", "Another environment has this name. Choose a different one."],
  ] as const) {
    await nameField(create).fill(wrong);
    await press(create, "Create Environment");
    await expect(nameField(create)).toHaveAccessibleDescription(why);
    await expect(nameField(create)).toBeFocused();
    await expect(nameField(create)).toHaveValue(wrong);
    await expect(kind).toHaveValue("test");
  }
  await nameField(create).fill(" staging ");
  await press(create, "Create Environment");
  await expectToast(page, "staging is created.");
  await expect(create).toBeHidden();
  await expect(page).toHaveURL("/settings");
  await expect(environment(page, "staging").getByRole("cell")).toHaveText([
    "staging", /^env_[0-9A-Za-z]{10}$/, "test", /^sk_test_.*never used$/, "just now", "Shown", "",
  ]);
  await expect(selector(page).getByRole("option")).toHaveText(["All environments", "default", "staging"]);
  expect(mintKey(server, "Trial", "--environment", "staging")).toMatch(/^sk_test_/);
});

test("a new name is in force everywhere at once", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop");
  await open("/settings");
  await follow(environment(page), "Rename default");
  const rename = dialog(page, "Rename Environment");
  await expect(nameField(rename)).toHaveValue("default");
  await nameField(rename).fill("no no");
  await press(rename, "Save changes");
  await expect(nameField(rename)).toHaveAccessibleDescription(/^Use letters, digits/);
  await nameField(rename).fill("production");
  await press(rename, "Save changes");
  await expect(rename).toBeHidden();
  await expect(environment(page, "production")).toBeVisible();
  await expect(environment(page)).toHaveCount(0);
  await expect(selector(page).getByRole("option")).toHaveText(["All environments", "production"]);
  const answer = await authorize(server, token, "POST", "/api/v1/chat/completions");
  expect(answer.headers.get("x-latchkey-environment")).toBe("production");
});

test("a hidden environment is left out of the selector and still works", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 409/);
  await open("/settings");
  await press(environment(page), "Hide default");
  await expectToast(page, "“default” is the last environment that is shown. Show another one first.");
  await page.getByRole("link", { name: "Create Environment", exact: true }).click();
  await nameField(dialog(page, "Create Environment")).fill("staging");
  await press(dialog(page, "Create Environment"), "Create Environment");
  await expect(environment(page, "staging")).toBeVisible();
  const token = mintKey(server, "Trial", "--environment", "staging");
  const hide = environment(page, "staging").getByRole("button", { name: "Hide staging", exact: true });
  await hide.press("Enter");
  await expectToast(page, "staging is hidden from the selector.");
  await expect(environment(page, "staging")).toContainText("Hidden");
  await expect(selector(page).getByRole("option")).toHaveText(["All environments", "default"]);
  expect(await verify(server, token)).toBe("VALID");
  const show = environment(page, "staging").getByRole("button", { name: "Show staging", exact: true });
  await expect(show).toBeFocused();
  await show.press("Enter");
  await expectToast(page, "staging is in the selector again.");
  await expect(selector(page).getByRole("option")).toHaveText(["All environments", "default", "staging"]);
});

test("a key is revealed, hidden, and copied without being shown", async ({ page, open, server }) => {
  await open("/settings");
  const token = await reveal(page);
  expect(await verify(server, token, "image")).toBe("VALID");
  await press(environment(page), "Hide API key for default");
  await expect(environment(page)).not.toContainText(token);
  await expect(environment(page)).toContainText(token.slice(-4));
  await press(environment(page), "Copy API key for default");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  await expect(environment(page)).not.toContainText(token);
  // Changes by other people do not hide the revealed key.
  await reveal(page);
  server.run(["key", "create", "--environment", "default", "--name", "Shop"]);
  await expect(environment(page)).toContainText(token);
  // The revealed key does not outlive the tab.
  await page.getByRole("tab", { name: "Security", exact: true }).click();
  await page.getByRole("tab", { name: "Environments", exact: true }).click();
  await expect(environment(page)).not.toContainText(token);
  expect(await page.content()).not.toContain(token);
});

test("a page is emptied when it is left, and loaded anew when a person comes back", async ({ page, open }) => {
  await open("/settings");
  const token = await reveal(page);
  // These are the events that a browser dispatches when it puts a page into its cache and takes the page out. (Under test, Chromium
    // has no such cache.)
  const left = await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    return document.body.innerHTML;
  });
  expect(left).toBe("");
  await page.evaluate(() => void dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await expect(environment(page)).toContainText(token.slice(-4));
  await expect(environment(page)).not.toContainText(token);
});

test("copying is recorded only after the browser has copied", async ({ page, open, server }) => {
  const noted = async () => {
    const export_ = await page.request.get("/audit/export");
    const actions = (await export_.text()).split("\n").map((line) => /"environment\.key_(?:revealed|copied)"/.exec(line)?.[0]);
    return actions.filter((action) => action !== undefined).toSorted();
  };
  await open("/settings");
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    document.execCommand = () => false;
  });
  await press(environment(page), "Copy API key for default");
  await expectToast(page, "Not copied yet: this browser copies only right after a click. Press Copy again.");
  await press(environment(page), "Copy API key for default");
  await expectToast(page, "This browser does not let the key be copied. Reveal it, and copy it by hand.");
  expect(await noted()).toEqual(['"environment.key_revealed"']);
  await open("/settings");
  await press(environment(page), "Copy API key for default");
  await expect(environment(page).getByText("Copied", { exact: true })).toBeAttached();
  expect(await noted()).toEqual(['"environment.key_copied"', '"environment.key_revealed"', '"environment.key_revealed"']);
  expect(server.log).not.toContain("sk_live_");
});

test("a rotated key has its grace, and the row says so", async ({ page, open, server }) => {
  await open("/settings");
  const old = await reveal(page);
  await rotate(page, "In 24 hours");
  await expectToast(page, /^default has a new API key; the old token works until .* UTC\.$/);
  await expect(page).toHaveURL("/settings");
  await expect(environment(page)).toContainText(/the old token works until .* UTC/);
  await expect(environment(page)).not.toContainText(old);
  const token = await reveal(page);
  expect(token).not.toBe(old);
  expect([await verify(server, old), await verify(server, token)]).toEqual(["VALID", "VALID"]);
  await follow(environment(page), "Rotate API key for default");
  await expect(dialog(page, "Rotate API Key")).toContainText("A token from before the last rotation still works.");
});

test("with the grace “Now”, the old token is refused at once and disappears from other open pages", async ({ page, open, server, browser, watch }) => {
  await open("/settings");
  const old = await reveal(page);
  const other = await anotherPerson({ browser, server, watch }, "admin");
  await other.goto("/settings");
  await interactive(other);
  expect(await reveal(other)).toBe(old);
  await rotate(page, "Now");
  await expectToast(page, "default has a new API key; the old token is refused from now on.");
  await expect(environment(page)).not.toContainText("the old token works");
  await expect(environment(other)).not.toContainText(old);
  const token = await reveal(page);
  expect([await verify(server, old), await verify(server, token)]).toEqual(["NOT_FOUND", "VALID"]);
});

test.describe("with a password that was entered long ago", () => {
  test("the console asks for the password and then reveals the key", async ({ page, open, allowConsole }) => {
    allowConsole(/status of 401/);
    await open("/settings");
    await forgetPasswordOnce(page, "environments/reveal");
    const eye = environment(page).getByRole("button", { name: "Reveal API key for default", exact: true });
    await eye.press("Enter");
    const password = confirm(page).getByLabel("Password", { exact: true });
    await expect(password).toBeFocused();
    await password.fill("wrong horse battery");
    await press(confirm(page), "Confirm");
    await expect(password).toHaveAccessibleDescription("That is not your password.");
    await expect(password).toBeFocused();
    await expect(environment(page)).not.toContainText(LIVE);
    await password.fill(OWNER.password);
    await password.press("Enter");
    await expect(confirm(page)).toBeHidden();
    await expect(environment(page)).toContainText(LIVE);
    await expect(environment(page).getByRole("button", { name: "Hide API key for default", exact: true })).toBeFocused();
    expect(page.url()).not.toContain("?");
  });

  test("closing the question reveals nothing, and the person can try again", async ({ page, open, allowConsole }) => {
    allowConsole(/status of 401/);
    await open("/settings");
    const eye = environment(page).getByRole("button", { name: "Reveal API key for default", exact: true });
    for (const leave of [() => page.keyboard.press("Escape"), () => press(confirm(page), "Cancel")]) {
      await forgetPasswordOnce(page, "environments/reveal");
      await eye.press("Enter");
      await expect(confirm(page)).toBeVisible();
      await leave();
      await expect(confirm(page)).toBeHidden();
      await expect(eye).toBeFocused();
      await expect(environment(page)).not.toContainText(LIVE);
    }
    await reveal(page);
  });

  test("a form that needs the password keeps the choices", async ({ page, open, server, allowConsole }) => {
    allowConsole(/status of 401/);
    await open("/settings");
    const old = await reveal(page);
    await forgetPasswordOnce(page, "environments/rotate");
    await follow(environment(page), "Rotate API key for default");
    const rotating = dialog(page, "Rotate API Key");
    await rotating.getByRole("radio", { name: "Now", exact: true }).check();
    await press(rotating, "Rotate API key");
    await expect(confirm(page)).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(confirm(page)).toBeHidden();
    await expect(rotating.getByRole("alert")).toHaveText("Confirm your password first.");
    await expect(rotating.getByRole("radio", { name: "Now", exact: true })).toBeChecked();
    expect(await verify(server, old)).toBe("VALID");

    await forgetPasswordOnce(page, "environments/rotate");
    await press(rotating, "Rotate API key");
    await confirm(page).getByLabel("Password", { exact: true }).fill(OWNER.password);
    await press(confirm(page), "Confirm");
    await expect(rotating).toBeHidden();
    await expectToast(page, "default has a new API key; the old token is refused from now on.");
    expect(await verify(server, old)).toBe("NOT_FOUND");
  });
});

test("the key of an environment is in no list of keys", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open("/keys");
  await expect(row(page, "Shop")).toBeVisible();
  await expect(page.getByRole("table", { name: "API Keys", exact: true }).getByRole("row")).toHaveCount(2);
  expect(server.run(["key", "list"]).trimEnd().split("\n")).toHaveLength(1);
});
