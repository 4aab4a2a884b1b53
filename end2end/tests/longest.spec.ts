// Every screen and dialog is shown with the longest possible texts in every width: nothing scrolls sideways, every action is
// visible, and a row of the table of keys stays one row.

import type { BrowserContext, Page } from "@playwright/test";
import { expect, interactive, type Server, test } from "./fixture.ts";
import {
  WITH_OWNER, addCustomer, addPerson, addServiceAccount, createKeyOf, dialogs, keyNamed, mintKey, nameField, press, question, saveAndClose, submitKey, verify,
} from "./journeys.ts";
import { inspect } from "./longest.ts";
import { links, walk } from "./walk.ts";

const WIDTHS = [1920, 1280, 1024, 768, 360];
/** The widest letter without spaces, and texts in two scripts whose rules for line breaks differ from Latin. */
const [WIDE, ARABIC, THAI] = ["W", "مفتاحالفوترةالرئيسي", "กุญแจหลักสำหรับเรียกเก็บเงิน"] as const;
/** More items than a row, a dialog or a screen shows at once. */
const ENDPOINTS = 60;

const long = (pattern: string, length: number) => pattern.repeat(Math.ceil(length / [...pattern].length)).slice(0, length);

const OWNER = { email: `${long("w", 140)}@${long("example", 108)}.org`, password: WITH_OWNER.LATCHKEY_OWNER_PASSWORD };
const KEYS = [long(ARABIC, 100), long(THAI, 100), long(WIDE, 100)];

test.use({ serverEnvironment: { LATCHKEY_OWNER_EMAIL: OWNER.email, LATCHKEY_OWNER_PASSWORD: OWNER.password } });

test("the longest texts do not widen a page, hide an action or make a row higher", async ({ page, context, server, allowConsole }) => {
  test.setTimeout(360_000);
  allowConsole(/status of (403|404|409)/);
  await seed(context, server);
  await walk(server.url, async (address, kind) => {
    await page.goto(address);
    await interactive(page);
    await check(page, kind);
    return page.evaluate(links);
  });
  await popovers(page);
  await bulk(page);
  await newKey(page);
});

/** Sends a request like a form of the console. */
async function send(context: BrowserContext, path: string, data: object): Promise<void> {
  const answer = await context.request.post(`/api/${path}`, { data });
  const body = await answer.text();
  expect(answer.status(), body).toBe(200);
  expect(body).not.toContain("Invalid");
}

async function seed(context: BrowserContext, server: Server): Promise<void> {
  const answer = await context.request.post("/login", { form: OWNER, maxRedirects: 0 });
  expect(answer.headers()["location"]).toBe("/");
  const environment = long(WIDE, 40);
  await send(context, "environments/create", { form: { name: environment, kind: "test" } });
  const titles = [WIDE, ARABIC, THAI].map((script) => long(script, 60));
  const names: string[] = [];
  for (let number = 0; number < ENDPOINTS; number++) {
    names.push(long(`e${number}-x`, 40).replace(/-$/, "x"));
    const path = `/${number}/${"x".repeat(number < 3 ? 490 : 10)}`;
    const more = Array.from({ length: number === 0 ? 40 : 0 }, (_, index) => `GET ${path.slice(0, -4)}/${index}`);
    const patterns = [`GET, POST ${path}`, ...more].join("\n");
    await send(context, "endpoints/create", { form: { name: names[number], title: titles[number] ?? `Webhook subscriptions ${number}`, patterns } });
  }
  await send(context, "endpoints/retire", { name: names[2] });
  for (const script of [WIDE, THAI, ARABIC]) await profile(context, long(script, 60), long(script, 500));
  for (const [index, script] of ["w", "ص", "ผ"].entries()) addPerson(server, index === 0 ? "developer" : "viewer", long(script, 80));
  addServiceAccount(server, long("w", 100), "--environment", "default", "--expires", "365d");
  for (const script of [THAI, ARABIC, WIDE]) {
    const metadata = JSON.stringify({ [long("w", 200)]: long("w", 3_000) });
    const fields = { external_id: long(script, 128), name: long(script, 100), metadata, limit_second: "1000000000", limit_minute: "1000000000", limit_day: "1000000000" };
    const id = await addCustomer(context, fields);
    if (script === WIDE) await context.request.post(`/customers/${id}/suspend`);
  }
  await send(context, "users/invite", { form: { email: `${long("W", 240)}@example.org`, role: "viewer" } });
  const given = (count: number) => names.filter((_, index) => index !== 2).slice(0, count).flatMap((name) => ["--endpoint", name]);
  const place = ["--environment", environment, "--expires", "200d"];
  mintKey(server, "Everything", ...place, ...given(ENDPOINTS));
  for (const [index, name] of KEYS.entries()) {
    const address = Array.from({ length: 20 }, (_, part) => ["--allow-address", `2001:db8:ffff:ffff:ffff:ffff:ffff:${part}/128`]).flat();
    const script = [ARABIC, THAI, WIDE][index] ?? WIDE;
    const tags = Array.from({ length: 10 }, (_, part) => ["--tag", long(script, 31) + part]).flat();
    const about = [...tags, "--description", long(script, 200), "--location", long(script, 200)];
    mintKey(server, name, ...place, ...given([4, 2, 1][index] ?? 1), "--profile", long(script, 60), ...about, ...address);
  }
  await createKeyOf(context, long(WIDE, 128), long("w", 100));
  const token = mintKey(server, KEYS[2] ?? "", ...place, "--profile", long(WIDE, 60));
  await expect.poll(() => verify(server, token, names[0])).toBe("VALID");
  server.run(["key", "disable", keyNamed(server, KEYS[0] ?? "").id]);
}

async function profile(context: BrowserContext, name: string, description: string): Promise<void> {
  const fields = [["name", name], ["description", description], ["on", "age"], ["version", ""]];
  for (let category = 0; category < 9; category++) fields.push(["threshold", "71"], ["action", "flag"]);
  const answer = await context.request.post("/profiles/new", {
    data: new URLSearchParams(fields).toString(),
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
  });
  expect(await answer.text()).toContain("Saved");
}

/** Checks the present page in every width. */
async function check(page: Page, what: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    expect.soft(await page.evaluate(inspect), `${what} at ${width} px`).toEqual([]);
  }
}

/** Checks all menus and popovers of a screen. */
async function popovers(page: Page): Promise<void> {
  await page.goto("/keys");
  await interactive(page);
  const ids = await page.evaluate(() => [...document.querySelectorAll("[popover]")].map((popover) => popover.id));
  expect(ids.length).toBeGreaterThan(1);
  for (const id of ids) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      // A person can open only a popover whose button is visible.
      await page.evaluate((id) => {
        const source = document.querySelector<HTMLElement>(`[popovertarget="${id}"]`) ?? undefined;
        source?.scrollIntoView({ block: "center" });
        document.getElementById(id)?.showPopover({ source } as never);
      }, id);
      expect.soft(await page.evaluate(inspect), `popover ${id} at ${width} px`).toEqual([]);
      await page.keyboard.press("Escape");
    }
  }
  const endpoints = page.getByRole("link", { name: /, all endpoints of / });
  expect(await endpoints.count()).toBeGreaterThan(2);
  for (const link of await endpoints.all()) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await link.click();
      await expect(link).toHaveAttribute("aria-expanded", "true");
      expect.soft(await page.evaluate(inspect), `the endpoints ${await link.textContent()} at ${width} px`).toEqual([]);
      await page.keyboard.press("Escape");
      await expect(link).toHaveAttribute("aria-expanded", "false");
    }
  }
}

async function bulk(page: Page): Promise<void> {
  await page.goto("/keys");
  await interactive(page);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("checkbox", { name: /^Select / }).first().check();
  await press(page, "Select page");
  await check(page, "the bar of selected keys");
  await press(page, "Disable selected");
  const asked = question(page, "Disable 6 API keys");
  await expect(asked.getByText(/in the last 24 hours/)).toBeVisible();
  await check(page, "the question before a bulk action");
  await press(asked, "Disable 6 API keys");
  await expect(asked.getByRole("alert")).toBeVisible();
  await check(page, "what keys refused");
  await press(asked, "Close");
}

async function newKey(page: Page): Promise<void> {
  await page.goto("/keys/new");
  await interactive(page);
  const create = dialogs.create(page);
  await create.getByRole("radio", { name: "Only these", exact: true }).check();
  await nameField(create).fill(long(WIDE, 101));
  await submitKey(page);
  await expect(nameField(create)).toHaveAttribute("aria-invalid", "true");
  await check(page, "a form with errors");
  await create.getByRole("radio", { name: "All endpoints", exact: true }).check();
  await nameField(create).fill(long(WIDE, 100));
  await submitKey(page);
  const save = dialogs.save(page);
  await expect(save.getByText("Active", { exact: true }).first()).toBeVisible();
  await check(page, "the new token");
  await page.setViewportSize({ width: 1280, height: 800 });
  await saveAndClose(page);
  await page.getByRole("button", { name: `Disable ${long(WIDE, 100)}`, exact: true }).first().click();
  await expect(page.getByText(/ is disabled\./).first()).toBeVisible();
  await check(page, "a message");
}
