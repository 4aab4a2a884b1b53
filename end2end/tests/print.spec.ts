import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, arriveLoggedIn, dialog, keyNamed, mintKey, press } from "./journeys.ts";
import { totp } from "./totp.ts";

test.use({ serverEnvironment: WITH_OWNER });
test.beforeEach(({ context }) => arriveLoggedIn(context));

/** Shows the page as a printer gets it: A4, upright, in a dark console. */
async function onPaper(page: Page): Promise<void> {
  await page.setViewportSize({ width: 718, height: 1016 });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
}

/** The colours of a text and of the paper below it. */
const colours = (text: Locator) =>
  text.evaluate((element) => [getComputedStyle(element).color, getComputedStyle(document.documentElement).backgroundColor]);

async function expectOnlyContent(page: Page): Promise<void> {
  for (const frame of [page.getByRole("navigation"), page.getByRole("banner"), page.getByRole("search"), page.getByRole("button")]) {
    await expect(frame).toHaveCount(0);
  }
}

const BLACK_ON_WHITE = [/^(rgb\(0, 0, 0\)|oklch\(0 0 0\))$/, /^(rgb\(255, 255, 255\)|oklch\(1 0 0\))$/];

async function expectBlackOnWhite(text: Locator): Promise<void> {
  const found = await colours(text);
  for (const [index, colour] of found.entries()) expect(colour).toMatch(BLACK_ON_WHITE[index]!);
}

test("the list of keys is printed as a table with full names", async ({ page, open, server }) => {
  const name = `Shop ${"of a very long department ".repeat(3)}end`;
  mintKey(server, name, "--endpoint", "chat", "--endpoint", "image");
  await open("/keys");
  await onPaper(page);
  await expectOnlyContent(page);
  const table = page.getByRole("table", { name: "API Keys", exact: true });
  await expect(table).toHaveCSS("display", "table");
  await expect(table.getByRole("columnheader", { name: "API Key ID", exact: true })).toBeVisible();
  await expect(table.getByText(keyNamed(server, name).id, { exact: true })).toBeVisible();
  const link = table.getByRole("link", { name, exact: true });
  await expect(link).toBeVisible();
  expect(await link.evaluate((element) => element.scrollWidth <= element.clientWidth + 1)).toBe(true);
  // All endpoints, in place of the first one and a number.
  const endpoints = table.getByRole("link", { name: /^Chat \+1/ });
  await expect(endpoints).toHaveCSS("font-size", "0px");
  expect(await endpoints.evaluate((element) => getComputedStyle(element, "::after").content)).toBe('"Chat, Image"');
  await expectBlackOnWhite(link);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, "nothing is beyond the edge of the paper").toBe(0);
});

test("a page of the audit log is printed with all its sentences and details", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--endpoint", "chat");
  await open("/audit");
  await onPaper(page);
  await expectOnlyContent(page);
  const table = page.getByRole("table", { name: "Audit Log", exact: true });
  const made = table.getByRole("row").filter({ hasText: "created Shop" });
  await expect(made).toBeVisible();
  await expect(made.getByText("default; chat", { exact: true })).toBeVisible();
  await expectBlackOnWhite(made.getByRole("link", { name: "Shop", exact: true }));
});

test("a key's screen is printed with the lines of its example and with exact times", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--endpoint", "chat");
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  await onPaper(page);
  const example = page.getByRole("region", { name: "Example: curl", exact: true });
  await expect(example).toHaveCSS("white-space-collapse", "preserve");
  expect(await example.evaluate((element) => element.scrollWidth <= element.clientWidth + 1)).toBe(true);
  await expect(page.getByText("nginx", { exact: true })).toBeHidden();
  const created = page.getByRole("region", { name: "Key", exact: true }).locator("time").last();
  const printed = await created.evaluate((time) => getComputedStyle(time, "::after").content);
  expect(printed).toMatch(/ UTC"$/);
  await expect(created).toHaveCSS("font-size", "0px");
});

test("recovery codes are printed alone, with the account and the host", async ({ page, open }) => {
  await open("/settings/security/second-factor");
  const settingUp = dialog(page, "Set up second factor");
  await expect(settingUp).toContainText(/[A-Z2-7]{4}( [A-Z2-7]{4}){7}/);
  const secret = /[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/.exec((await settingUp.textContent()) ?? "")?.[0] ?? "";
  await page.getByRole("textbox", { name: "Code", exact: true }).fill(totp(secret.replaceAll(" ", "")));
  await press(settingUp, "Turn on");
  const saving = dialog(page, "Save your recovery codes");
  const host = new URL(page.url()).host;
  await expect(saving.getByText(`For ${OWNER.email} at ${host}`, { exact: true })).toBeVisible();
  await page.evaluate(() => {
    const seen = globalThis as unknown as { printed: number };
    seen.printed = 0;
    window.print = () => void seen.printed++;
  });
  await press(saving, "Print");
  expect(await page.evaluate(() => (globalThis as unknown as { printed: number }).printed)).toBe(1);

  await onPaper(page);
  const codes = saving.getByRole("list", { name: "Recovery codes", exact: true }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  for (const code of await codes.all()) await expect(code).toBeVisible();
  await expect(saving.getByText(`For ${OWNER.email} at ${host}`, { exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(0);
  await expect(saving.getByRole("button")).toHaveCount(0);
  await expectBlackOnWhite(codes.first());

  await page.emulateMedia({ media: "screen" });
  await press(saving, "Copy recovery codes");
  await press(saving, "Done");
  await expect(saving).toBeHidden();
});
