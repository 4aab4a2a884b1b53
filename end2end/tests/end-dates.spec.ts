// An end date is the end of a day where the person is, and every screen names that day.

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

/** The list, the key's own screen and the edit dialog. */
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

// The eve of a clock change, days whose midnight is left out or comes twice, and ordinary ones.
for (const [timezoneId, day, ends, named] of [
  ["Pacific/Auckland", "2027-09-25", "2027-09-25T11:59:59Z", "25 Sep 2027"],
  ["Pacific/Auckland", "2027-09-26", "2027-09-26T10:59:59Z", "26 Sep 2027"],
  ["Pacific/Auckland", "2027-04-03", "2027-04-03T10:59:59Z", "3 Apr 2027"],
  ["Australia/Sydney", "2027-04-03", "2027-04-03T12:59:59Z", "3 Apr 2027"],
  ["Australia/Sydney", "2027-04-04", "2027-04-04T13:59:59Z", "4 Apr 2027"],
  ["Africa/Cairo", "2027-04-29", "2027-04-29T21:59:59Z", "29 Apr 2027"],
  ["Africa/Cairo", "2027-10-28", "2027-10-28T21:59:59Z", "28 Oct 2027"],
  ["America/Los_Angeles", "2027-03-13", "2027-03-14T07:59:59Z", "13 Mar 2027"],
  ["America/Los_Angeles", "2027-11-07", "2027-11-08T07:59:59Z", "7 Nov 2027"],
  ["America/Havana", "2027-10-30", "2027-10-31T03:59:59Z", "30 Oct 2027"],
  ["Pacific/Kiritimati", "2027-05-01", "2027-05-01T09:59:59Z", "1 May 2027"],
  ["Asia/Kathmandu", "2027-05-01", "2027-05-01T18:14:59Z", "1 May 2027"],
] as const) {
  test.describe(timezoneId, () => {
    test.use({ timezoneId });

    test(`${day} ends at ${ends}, and is called ${named} everywhere`, async ({ page, context, open, server }) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await open("/keys/new");
      const create = dialogs.create(page);
      await chooseDay(create, day);
      await expect(create.getByLabel("Last day", { exact: true })).toHaveAccessibleDescription(
        new RegExp(`^The key works until the end of this day \\(${timezoneId === "Asia/Kathmandu" ? "Asia/Kat(h)?mandu" : timezoneId}\\)\\.$`),
      );
      const token = await createKey(page, "Shop");
      await saveAndClose(page);
      await expect.poll(() => expiresAt(server, token)).toBe(ends);
      await expectNamed(page, server, named);
    });
  });
}

test.describe("far from UTC", () => {
  test.use({ timezoneId: "Pacific/Auckland" });

  test("a form that is sent before its scripts means the day that it names", async ({ page, server, context }) => {
    mintKey(server, "Mail");
    // The scripts never come.
    await page.route("**/assets/*.js", (route) => route.fulfill({ status: 200, contentType: "text/javascript", body: "export default () => new Promise(() => {}); export const hydrate = () => {};" }));
    await page.goto("/keys/new");
    const create = dialogs.create(page);
    await nameField(create).fill("Shop");
    await chooseDay(create, "2027-09-25");
    await expect(create.getByLabel("Last day", { exact: true })).toHaveAccessibleDescription("The key works until the end of this day (UTC).");
    await submitKey(page);
    const token = await dialogs.save(page).getByRole("textbox", { name: "API key", exact: true }).inputValue();
    await expect.poll(() => expiresAt(server, token)).toBe("2027-09-25T23:59:59Z");
    const plain = await context.request.get("/keys");
    expect(await plain.text()).toContain("25 Sep 2027 UTC");
  });

  test("a day that has begun here can be chosen where UTC is a day behind", async ({ page, open, server }) => {
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
  test.describe(`days that passed, in ${timezoneId}`, () => {
    test.use({ timezoneId });

    test("are called as they are called there", async ({ page, server, open }) => {
      mintKey(server, "Shop");
      // The answer says that a key was last used at a time which is another day there than in UTC.
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
