import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expect, interactive, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, addPerson, anotherPerson, arriveLoggedIn, dialog, keyNamed, logIn, mintKey, nameField, press } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const table = (page: Page) => page.getByRole("table", { name: "Audit Log", exact: true });
const filters = (page: Page) => page.getByRole("search", { name: "Events", exact: true });
const choice = (page: Page, name: string) => filters(page).getByRole("combobox", { name, exact: true });
/** The rows of the table, latest event first. */
const events = (page: Page) => table(page).getByRole("row").filter({ has: page.getByRole("cell") });
const filter = (page: Page) => press(filters(page), "Filter");

function cells(event: Locator): Locator {
  return event.getByRole("cell");
}

test.describe("for people who may read the log", () => {
  test.beforeEach(({ context }) => arriveLoggedIn(context));

  test("the log shows actor, action and subject, and new events appear by themselves", async ({ page, open, server, browser, watch }) => {
    await open("/audit");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Audit Log");
    const loggedIn = new RegExp(`^${OWNER.email} logged in\\s*mara\\.ott · (127\\.0\\.0\\.1|::1)$`);
    await expect(cells(events(page).first())).toHaveText(["just now", loggedIn, /^Details of event \d+/]);

    mintKey(server, "Shop <1>", "--endpoint", "chat", "--endpoint", "image");
    const { id } = keyNamed(server, "Shop <1>");
    const made = events(page).filter({ hasText: "Key: created" });
    await expect(cells(made)).toHaveText(["just now", "command line created Shop <1>", /^default; chat, image of event \d+/]);
    server.run(["key", "disable", id]);
    await expect(cells(events(page).first()).nth(1)).toHaveText("command line disabled Shop <1>");

    // The details are folded, and say what the event is called in filters and exports.
    const details = made.getByRole("group");
    await expect(made.getByText(id, { exact: true })).toBeHidden();
    await details.getByText("default; chat, image", { exact: true }).click();
    await expect(made.getByText(id, { exact: true })).toBeVisible();
    await expect(details).toContainText("Key: created");

    const admin = await anotherPerson({ browser, server, watch }, "admin");
    await admin.goto("/settings/environments/new");
    await interactive(admin);
    await nameField(dialog(admin, "Create Environment")).fill("staging");
    await press(dialog(admin, "Create Environment"), "Create Environment");
    await expect(dialog(admin, "Create Environment")).toBeHidden();
    await press(admin, "Reveal API key for staging");
    await expect(admin.getByRole("button", { name: "Hide API key for staging", exact: true })).toBeVisible();
    const revealed = events(page).filter({ hasText: "Environment: key revealed" });
    await page.reload();
    await interactive(page);
    await expect(cells(revealed).nth(1)).toContainText("admin");
    await expect(cells(revealed).nth(1)).toContainText("revealed the key of the environment staging");
    await made.getByRole("link", { name: "Shop <1>", exact: true }).click();
    await expect(page).toHaveURL(`/keys/${id}`);
  });

  test("the log is filtered by actor, action, subject and time, and the URL holds the filter", async ({ page, open, server }) => {
    mintKey(server, "Shop");
    mintKey(server, "Mail");
    server.run(["key", "delete", keyNamed(server, "Mail").id]);
    addPerson(server, "viewer", "zoe");
    await open("/audit");
    await choice(page, "Actor").fill("command line");
    await choice(page, "Actor").press("Enter");
    await expect(page).toHaveURL(/\/audit\?actor=command(%20|\+)line$/);
    await expect(events(page).filter({ hasNotText: "command line" })).toHaveCount(0);
    await expect(cells(events(page).first())).toHaveText(["just now", "command line created the user zoe@example.com", /^role: viewer/]);

    await choice(page, "Action").selectOption("Key: created");
    await filter(page);
    await expect(events(page)).toHaveCount(2);
    await choice(page, "Action").selectOption("Key: anything");
    await filter(page);
    await expect(page).toHaveURL(/\/audit\?actor=command(%20|\+)line&action=key$/);
    await expect(events(page).first()).toContainText("Key: deleted");
    await expect(events(page).filter({ hasText: "User" })).toHaveCount(0);
    await expect(events(page).filter({ hasText: "Shop" })).not.toHaveCount(0);
    await filters(page).getByRole("textbox", { name: "Key or name", exact: true }).fill("ma");
    await page.keyboard.press("Enter");
    await expect(events(page).filter({ hasNotText: "Mail" })).toHaveCount(0);
    await expect(events(page).first()).toContainText("Key: deleted");
    await filters(page).getByRole("textbox", { name: "Key or name", exact: true }).fill(keyNamed(server, "Shop").id);
    await filter(page);
    await expect(events(page).last()).toContainText("Key: created");
    await expect(events(page).filter({ hasNotText: "Shop" })).toHaveCount(0);
    await page.reload();
    await interactive(page);
    await expect(choice(page, "Actor")).toHaveValue("command line");
    await expect(choice(page, "Action")).toHaveValue("key");
    await expect(filters(page).getByRole("textbox", { name: "Key or name", exact: true })).toHaveValue(keyNamed(server, "Shop").id);
    await expect(events(page).filter({ hasNotText: "Shop" })).toHaveCount(0);

    await page.goBack();
    await expect(events(page).first()).toContainText("Key: deleted");
    await expect(events(page).filter({ hasNotText: "Mail" })).toHaveCount(0);
    await page.getByRole("link", { name: "Clear", exact: true }).click();
    await expect(page).toHaveURL("/audit");
    await expect(choice(page, "Actor")).toHaveValue("");
    await expect(events(page).last()).toContainText("Latchkey");
  });

  test("a range of days includes its first and its last day completely", async ({ page, open }) => {
    await open("/audit");
    const today = new Date().toISOString().slice(0, 10);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const from = filters(page).getByLabel("From", { exact: true });
    const to = filters(page).getByLabel("To", { exact: true });
    await from.fill(yesterday);
    await to.fill(today);
    await filter(page);
    await expect(page).toHaveURL(`/audit?from=${yesterday}&to=${today}`);
    await expect(events(page).first()).toBeVisible();
    await to.fill(yesterday);
    await filter(page);
    await expect(page.getByRole("heading", { name: "No event matches", exact: true })).toBeVisible();
    await page.getByRole("link", { name: "Show all events", exact: true }).click();
    await expect(events(page).first()).toBeVisible();
    await expect(to).toHaveValue("");
  });

  test("the usual ranges are links that keep the other filters", async ({ page, open, server }) => {
    mintKey(server, "Shop");
    await open("/audit?action=key.created");
    const range = page.getByRole("navigation", { name: "Range", exact: true });
    const current = range.locator("[aria-current]");
    await expect(range.getByRole("link")).toHaveText(["Today", "7 days", "30 days", "All"]);
    await expect(current).toHaveText("All");
    await range.getByRole("link", { name: "7 days", exact: true }).click();
    await expect(current).toHaveText("7 days");
    const from = new Date(Date.now() - 6 * 86_400_000).toISOString().slice(0, 10);
    await expect(filters(page).getByLabel("From", { exact: true })).toHaveValue(from);
    await expect(choice(page, "Action")).toHaveValue("key.created");
    await expect(events(page)).toHaveCount(1);
    await range.getByRole("link", { name: "Today", exact: true }).click();
    await expect(current).toHaveText("Today");
    await expect(events(page)).toHaveCount(1);
    await range.getByRole("link", { name: "All", exact: true }).click();
    await expect(filters(page).getByLabel("From", { exact: true })).toHaveValue("");
    await expect(choice(page, "Action")).toHaveValue("key.created");
  });

  test("an invalid query shows its error and can be corrected", async ({ page, open, allowConsole }) => {
    allowConsole(/status of 409/);
    await open("/audit?from=yesterday");
    await expect(page.getByText("From is not a day; write it like 2027-02-20.", { exact: true })).toBeVisible();
    await filter(page);
    await expect(page).toHaveURL("/audit");
    await expect(events(page).first()).toBeVisible();
  });

  test("older events are on the next page", async ({ page, open, server }) => {
    mintKey(server, "Batch", "--count", "120", "--output", join(server.dataDir, "tokens"));
    await open("/audit?action=key.created");
    await expect(events(page)).toHaveCount(50);
    const seen = new Set<string>();
    const note = async () => {
      for (const subject of await events(page).locator(".mono", { hasText: /^key_/ }).allTextContents()) seen.add(subject);
    };
    await note();
    const pages = page.getByRole("navigation", { name: "Pages", exact: true });
    await expect(pages.getByRole("link")).toHaveText(["Older"]);
    await pages.getByRole("link", { name: "Older", exact: true }).click();
    await expect(page).toHaveURL(/^.*\/audit\?action=key(\.|%2E)created&before=\d+$/);
    await expect(pages.getByRole("link")).toHaveText(["Newest", "Older"]);
    // The second page has as many rows as the first, so only their names show that it has been loaded.
    await expect.poll(async () => note().then(() => seen.size)).toBe(100);
    await pages.getByRole("link", { name: "Older", exact: true }).click();
    await expect(events(page)).toHaveCount(20);
    await note();
    expect(seen.size).toBe(120);
    await expect(pages.getByRole("link")).toHaveText(["Newest"]);
    await pages.getByRole("link", { name: "Newest", exact: true }).click();
    await expect(page).toHaveURL(/\/audit\?action=key(\.|%2E)created$/);
    await expect(events(page)).toHaveCount(50);
  });

  test("the filtered log is exported as lines of JSON", async ({ page, open, server }) => {
    mintKey(server, "Shop");
    mintKey(server, "Mail");
    await open("/audit?action=key.created");
    const exported = async () => {
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "Export JSONL", exact: true }).click();
      const file = await download;
      expect(file.suggestedFilename()).toMatch(/^latchkey-audit-\d{4}-\d\d-\d\d\.jsonl$/);
      const lines = readFileSync(await file.path(), "utf8").split("\n");
      expect(lines.pop()).toBe("");
      return lines.map((line) => JSON.parse(line) as { number: number; action: string; actor: { kind: string; name: string }; subject: { name: string }; mac: string });
    };
    const keys = await exported();
    expect(keys.map(({ action, subject }) => [action, subject.name])).toEqual([["key.created", "Mail"], ["key.created", "Shop"]]);
    expect(keys[0]).toMatchObject({ actor: { kind: "command_line" }, mac: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await open("/audit");
    const all = await exported();
    expect(all[0]).toMatchObject({ action: "audit.exported", actor: { kind: "user", name: "mara.ott", email: OWNER.email } });
    expect(all.map(({ number }) => number)).toEqual(all.map((_, index) => all.length - index));
    await page.reload();
    await interactive(page);
    await expect(events(page).first()).toContainText("Audit: exported");
  });

  test("the screen checks the chain and names an event that was changed in the file", async ({ page, open, server, allowConsole }) => {
    // While the server is stopped, the stream fails.
    allowConsole(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/);
    await open("/audit");
    const chain = page.getByRole("main").getByRole("status");
    await expect(chain).toHaveText(/^chain intact\d+ events?, checked just now$/);
    await server.stop();
    mintKey(server, "Shop");
    const path = join(server.dataDir, "latchkey.db");
    const bytes = readFileSync(path);
    for (let at = bytes.indexOf("key.created"); at >= 0; at = bytes.indexOf("key.created", at)) bytes.write("key.deleted", at);
    writeFileSync(path, bytes);
    await server.start();
    await open("/audit");
    await expect(chain).toHaveText(/^Event \d+ is not as it was written\. The row says now: key\.deleted by command line/);
  });
});

for (const role of ["viewer", "developer"] as const) {
  test(`a ${role} may not read the log`, async ({ page, open, server, allowConsole }) => {
    allowConsole(/status of 403/);
    const title = role === "viewer" ? "Viewer" : "Developer";
    await logIn(page, addPerson(server, role));
    await open("/audit");
    await expect(page.getByRole("heading", { name: "You may not see this", exact: true })).toBeVisible();
    await expect(page.getByText(`${title}s can't read the audit log. Ask an admin.`, { exact: true })).toBeVisible();
    await expect(page.getByRole("link", { name: "Export JSONL", exact: true })).toHaveCount(0);
    await expect(table(page)).toHaveCount(0);
    const answer = await page.request.get("/audit/export", { maxRedirects: 0 });
    expect(answer.status()).toBe(403);
  });
}

test("without a session, the log is not shown", async ({ request }) => {
  for (const path of ["/audit", "/audit/export", "/settings", "/settings/users"]) {
    const answer = await request.get(path, { maxRedirects: 0 });
    expect([path, answer.status(), answer.headers()["location"]]).toEqual([path, 303, "/login"]);
  }
});
