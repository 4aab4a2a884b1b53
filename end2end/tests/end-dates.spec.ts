// An end date is the end of a day in the person's time zone, and every screen shows that day.

import type { Page } from "@playwright/test";
import { expect, interactive, test } from "./fixture.ts";
import {
  WITH_OWNER, arriveLoggedIn, createKey, dialogs, keyNamed, mintKey, nameField, row, saveAndClose, submitKey,
} from "./journeys.ts";
import type { Server } from "./server.ts";

test.use({ serverEnvironment: WITH_OWNER });
test.beforeEach(({ context }) => arriveLoggedIn(context));

async function expiresAt(server: Server, token: string): Promise<string> {
  const answer = await fetch(`${server.url}/v1/keys/verify`, { method: "POST", body: JSON.stringify({ key: token, endpoint: "chat" }) });
  return ((await answer.json()) as { expiresAt: string }).expiresAt;
}

async function chooseDay(dialog: ReturnType<typeof dialogs.create>, day: string): Promise<void> {
  await dialog.getByRole("combobox", { name: "Expires", exact: true }).selectOption("On a date");
  await dialog.getByLabel("Last day", { exact: true }).fill(day);
}

/** Expects the list, the screen of the key and the edit dialog to name this day. */
async function expectNamed(page: Page, server: Server, day: string): Promise<void> {
  await expect(row(page, "Shop")).toContainText(`until ${day}`);
  await expect(row(page, "Shop")).not.toContainText("UTC");
  const { id } = keyNamed(server, "Shop");
  await page.goto(`/keys/${id}`);
  await interactive(page);
  await expect(page.getByRole("definition").filter({ hasText: day })).toHaveText(day);
  await page.getByRole("link", { name: "Edit Shop", exact: true }).click();
  const expires = dialogs.edit(page).getByRole("combobox", { name: "Expires", exact: true });
  await expect(expires.getByRole("option").first()).toHaveText(`As it is, ${day}`);
}

/** The calendar day in a time zone at a point in time, such as `2027-09-25`. This does not use the console's code. */
function dayIn(timeZone: string, at: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

const SECOND = 1000;
const DAY = 86_400 * SECOND;

/** The last second of this day in this time zone. */
function lastSecond(timeZone: string, day: string): number {
  let at = Date.parse(`${day}T00:00:00Z`) + 2 * DAY;
  for (const step of [3600, 60, 1]) {
    while (dayIn(timeZone, at - step * SECOND) > day) at -= step * SECOND;
  }
  return at - SECOND;
}

/** The days of the next year that are longer or shorter than 24 hours in this time zone, and the days before them. */
function daysOfChange(timeZone: string): string[] {
  const today = Date.parse(dayIn(timeZone, Date.now()));
  // The days are counted in UTC. In the time zone itself, steps of 24 hours that begin shortly before midnight would skip a day.
  const days = Array.from({ length: 366 }, (_, index) => dayIn("UTC", today + (index + 3) * DAY));
  const isOdd = (day: string) => (lastSecond(timeZone, day) - lastSecond(timeZone, dayIn("UTC", Date.parse(day) - DAY))) % DAY !== 0;
  const odd = days.filter((day) => isOdd(day));
  return days.filter((day, index) => odd.includes(day) || odd.includes(days[index + 1] ?? ""));
}

function named(day: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" }).format(Date.parse(day)).replace("Sept", "Sep");
}

// Some of these time zones change their clocks, even at midnight, and others never do.
for (const [timezoneId, changes] of [
  ["Pacific/Auckland", true],
  ["Australia/Sydney", true],
  ["Africa/Cairo", true],
  ["America/Los_Angeles", true],
  ["America/Havana", true],
  ["Pacific/Kiritimati", false],
  ["Asia/Kathmandu", false],
] as const) {
  test.describe(timezoneId, () => {
    test.use({ timezoneId });

    test("each day ends where the next one begins, and every screen names the same day", async ({ page, context, open, server }) => {
      test.slow();
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      const days = daysOfChange(timezoneId);
      // Clocks change twice a year, and the day before each change counts, too. A change near the ends of these 366 days may be
      // missing or there twice.
      if (changes) expect(days.length).toBeGreaterThanOrEqual(2);
      else expect(days).toEqual([]);
      for (const day of changes ? days : [dayIn(timezoneId, Date.now() + 100 * DAY)]) {
        await open("/keys/new");
        const create = dialogs.create(page);
        await chooseDay(create, day);
        const zone = timezoneId === "Asia/Kathmandu" ? "Asia/Kath?mandu" : timezoneId;
        await expect(create.getByLabel("Last day", { exact: true })).toHaveAccessibleDescription(new RegExp(`^The key works until the end of this day \\(${zone}\\)\\.$`));
        const token = await createKey(page, "Shop");
        await saveAndClose(page);
        const ends = new Date(lastSecond(timezoneId, day)).toISOString().replace(".000", "");
        await expect.poll(() => expiresAt(server, token), day).toBe(ends);
        await expectNamed(page, server, named(day));
        server.run(["key", "delete", keyNamed(server, "Shop").id]);
      }
    });
  });
}

test.describe("far from UTC", () => {
  test.use({ timezoneId: "Pacific/Auckland" });

  test("a form that is sent before its scripts run means the named day in UTC", async ({ page, server, context }) => {
    // The scripts are never loaded.
    await page.route("**/assets/*.js", (route) => route.fulfill({ status: 200, contentType: "text/javascript", body: "export default () => new Promise(() => {}); export const hydrate = () => {};" }));
    await page.goto("/keys/new");
    const create = dialogs.create(page);
    await nameField(create).fill("Shop");
    const day = dayIn("UTC", Date.now() + 200 * DAY);
    await chooseDay(create, day);
    await expect(create.getByLabel("Last day", { exact: true })).toHaveAccessibleDescription("The key works until the end of this day (UTC).");
    await submitKey(page);
    const token = await dialogs.save(page).getByRole("textbox", { name: "API key", exact: true }).inputValue();
    await expect.poll(() => expiresAt(server, token)).toBe(`${day}T23:59:59Z`);
    const plain = await context.request.get("/keys");
    expect(await plain.text()).toContain(`${named(day)} UTC`);
  });

  test("the present day can be chosen although UTC is still at the day before", async ({ page, open, server }) => {
    mintKey(server, "Shop");
    await open(`/keys/${keyNamed(server, "Shop").id}/edit`);
    const here = await page.evaluate(() => {
      const now = new Date();
      return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
    });
    await expect(dialogs.edit(page).getByLabel("Last day", { exact: true })).toHaveAttribute("min", here);
  });
});

for (const timezoneId of ["America/Los_Angeles", "Pacific/Auckland"]) {
  test.describe(`past days in ${timezoneId}`, () => {
    test.use({ timezoneId });

    test("are named in that time zone", async ({ page, server, open }) => {
      mintKey(server, "Shop");
      // The key was last used at a time that is another day in this time zone than in UTC.
      const used = Date.UTC(2026, 5, 1, timezoneId === "Pacific/Auckland" ? 20 : 3);
      await page.route("**/api/keys/list", async (route) => {
        const answer = await route.fetch();
        const list = (await answer.json()) as { rows: { last_used_at: number }[] };
        for (const each of list.rows) each.last_used_at = used;
        await route.fulfill({ response: answer, json: list });
      });
      await open("/");
      await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "API Keys", exact: true }).click();
      const day = new Intl.DateTimeFormat("en-GB", { timeZone: timezoneId, day: "numeric", month: "short" }).format(used);
      expect(day).toBe(timezoneId === "Pacific/Auckland" ? "2 Jun" : "31 May");
      await expect(row(page, "Shop").getByRole("cell").nth(5)).toContainText(day);
    });
  });
}
