import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, expectAccessibleEverywhere, interactive, test } from "./fixture.ts";
import { WITH_OWNER, addPerson, arriveLoggedIn, keyNamed, logIn, mintKey, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const picture = (page: Page) => page.getByRole("main").getByRole("img", { name: /^Requests by / });
const table = (page: Page, name: string) => page.getByRole("table", { name, exact: true });
const filters = (page: Page) => page.getByRole("search", { name: "Usage", exact: true });
const show = (page: Page) => filters(page).getByRole("button", { name: "Show", exact: true }).click();
const range = (page: Page) => page.getByRole("navigation", { name: "Range", exact: true });
const preset = (page: Page, name: string) => range(page).getByRole("link", { name, exact: true }).click();
const bars = (page: Page, step: string) => page.getByRole("list", { name: `Requests by ${step}`, exact: true });
const overTime = (page: Page, step: string) => page.getByRole("region", { name: `By ${step}`, exact: true }).getByRole("table");

test.describe("logged in", () => {
  test.beforeEach(({ context }) => arriveLoggedIn(context));

  test("the screen shows the requests to the verifier as a chart and as numbers", async ({ page, open, server }) => {
    const shop = mintKey(server, "Shop", "--endpoint", "chat");
    const mail = mintKey(server, "Mail");
    for (let count = 0; count < 3; count++) expect(await verify(server, shop, "chat")).toBe("VALID");
    expect(await verify(server, shop, "image")).toBe("FORBIDDEN");
    expect(await verify(server, mail, "image")).toBe("VALID");
    expect(await verify(server, "sk_live_nonsense", "chat")).toBe("NOT_FOUND");
    await open("/");
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Usage", exact: true }).click();
    await expect(page).toHaveURL("/usage");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Usage");
    await expect(picture(page)).toHaveAccessibleDescription(/6 requests: 4 allowed, 1 not permitted, 1 unknown key/);
    await expect(page.getByText(/^As of \d\d:\d\d UTC\. Refresh$/)).toBeVisible();
    await expect(table(page, "By key").getByRole("row")).toHaveText([/^KeyRequestsRefused/, /^Shop.*4125 %/, /^Mail.*10/]);
    await expect(table(page, "By endpoint").getByRole("row")).toHaveText([/^EndpointRequests/, /^Chat.*4125 %/, /^Image.*2150 %/]);
    const hours = overTime(page, "hour").getByRole("row");
    await expect(hours).toHaveCount(1 + 24 + 1);
    await expect(hours.last()).toHaveText("Last 24 hours4100016");

    // New requests appear after the page is read again.
    expect(await verify(server, mail, "chat")).toBe("VALID");
    await page.getByRole("link", { name: "Refresh", exact: true }).click();
    await expect(picture(page)).toHaveAccessibleDescription(/7 requests: 5 allowed/);

    await table(page, "By key").getByRole("link", { name: "Shop", exact: true }).click();
    await expect(page).toHaveURL(`/keys/${keyNamed(server, "Shop").id}`);
    const requests = page.getByRole("region", { name: "Requests", exact: true });
    await expect(requests.getByRole("img")).toHaveAccessibleDescription(/^Last 24 hours: 4 requests: 3 allowed, 1 not permitted/);
    await requests.getByRole("link", { name: "Last 30 days", exact: true }).click();
    await expect(page).toHaveURL(`/keys/${keyNamed(server, "Shop").id}?range=30d`);
    await expect(requests.getByRole("img")).toHaveAccessibleDescription(/^Last 30 days: 4 requests/);
    await requests.getByRole("link", { name: "Usage of Shop", exact: true }).click();
    await expect(page).toHaveURL(`/usage?range=30d&key=${keyNamed(server, "Shop").id}`);
    await expect(picture(page)).toHaveAccessibleDescription(/^Last 30 days: 4 requests/);
  });

  test("the report is filtered by range, key, endpoint and environment, and the URL holds the filter", async ({ page, open, server }) => {
    const shop = mintKey(server, "Shop");
    const mail = mintKey(server, "Mail");
    for (const endpoint of ["chat", "image"]) expect(await verify(server, shop, endpoint)).toBe("VALID");
    expect(await verify(server, mail, "chat")).toBe("VALID");
    await open("/usage");
    await preset(page, "Last 7 days");
    await expect(page).toHaveURL("/usage?range=7d");
    await filters(page).getByLabel("Endpoint", { exact: true }).selectOption("Chat");
    await show(page);
    await expect(page).toHaveURL("/usage?range=7d&endpoint=chat");
    await expect(picture(page)).toHaveAccessibleDescription(/^Last 7 days: 2 requests: 2 allowed/);
    await page.getByRole("link", { name: "Show only Shop", exact: true }).click();
    await expect(picture(page)).toHaveAccessibleDescription(/: 1 request: 1 allowed/);
    const { id } = keyNamed(server, "Shop");
    await expect(filters(page).getByLabel("Key", { exact: true })).toHaveValue(id);
    await expect(page).toHaveURL(`/usage?range=7d&key=${id}&endpoint=chat`);
    await page.reload();
    await interactive(page);
    await expect(range(page).locator("[aria-current]")).toHaveText("Last 7 days");
    await expect(filters(page).getByLabel("Endpoint", { exact: true })).toHaveValue("chat");
    await page.getByRole("link", { name: "Clear", exact: true }).click();
    await expect(page).toHaveURL("/usage?range=7d");
    await expect(picture(page)).toHaveAccessibleDescription(/: 3 requests: 3 allowed/);
    await page.goBack();
    await expect(picture(page)).toHaveAccessibleDescription(/: 1 request: 1 allowed/);
    await filters(page).getByLabel("Key", { exact: true }).fill("key_0000000000");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "No requests here", exact: true })).toBeVisible();
    await page.getByRole("link", { name: "Show all of the last 400 days", exact: true }).click();
    await expect(picture(page)).toHaveAccessibleDescription(/^Last 400 days: 3 requests/);
    await page.getByLabel("Environment", { exact: true }).selectOption("default");
    await expect(page).toHaveURL("/usage?environment=default&range=400d");
    await expect(picture(page)).toHaveAccessibleDescription(/: 3 requests/);
  });

  test("the report finds a key by its name, and a wrong name is reported and can be corrected", async ({ page, open, server, allowConsole }) => {
    allowConsole(/status of 409/);
    expect(await verify(server, mintKey(server, "Shop"))).toBe("VALID");
    await open("/usage?key=Mail");
    await expect(page.getByText("No key is called “Mail”. Choose one from the list, or enter a key ID like key_8fQ2nLw0Zz.", { exact: true })).toBeVisible();
    await expect(page.getByText(/could not be loaded/)).toBeHidden();
    await filters(page).getByLabel("Key", { exact: true }).fill("shop");
    await show(page);
    await expect(picture(page)).toHaveAccessibleDescription(/1 request: 1 allowed/);
    await expect(page.getByRole("main").getByRole("link", { name: "Shop", exact: true })).toBeVisible();
  });

  test("the filtered report is exported as CSV", async ({ page, open, server }) => {
    const shop = mintKey(server, "=Shop, \"old\"");
    const mail = mintKey(server, "Mail");
    for (const token of [shop, mail]) expect(await verify(server, token)).toBe("VALID");
    const { id } = keyNamed(server, "=Shop, \"old\"");
    await open(`/usage?key=${id}`);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export CSV", exact: true }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^latchkey-usage-24h-\d{4}-\d\d-\d\d\.csv$/);
    const lines = readFileSync(await file.path(), "utf8").split("\r\n");
    expect(lines).toEqual([
      "start,period,key_id,key_name,environment,endpoint,code,requests",
      expect.stringMatching(new RegExp(`^"\\d{4}-\\d\\d-\\d\\dT\\d\\d:00:00Z","hour","${id}","'=Shop, ""old""","default","chat","VALID","1"$`)),
      "",
    ]);
  });

  test("a bar shows its values at once and leads to its hours", async ({ page, open, server }) => {
    const shop = mintKey(server, "Shop", "--endpoint", "chat");
    for (const endpoint of ["chat", "chat", "image"]) await verify(server, shop, endpoint);
    await open("/usage?range=30d");
    const days = bars(page, "day").getByRole("link");
    await expect(days).toHaveCount(30);
    const today = days.last();
    await expect(today).toHaveAccessibleName(/^\d+ \w+ \d{4} UTC, so far: 3 requests: 2 allowed, 1 not permitted$/);
    const values = today.locator(".bar__values");
    await expect(values).toBeHidden();
    await today.hover();
    await expect(values).toBeVisible();
    await expect(values).toContainText("so far");
    await expect(values).toContainText(/3 requests.*Allowed2.*Not permitted1/);
    await page.mouse.move(0, 0);
    await expect(values).toBeHidden();
    await today.focus();
    await expect(values).toBeVisible();
    await expect(page.getByText("The last bar is not over yet.", { exact: true })).toBeVisible();

    await page.keyboard.press("Enter");
    const day = new Date().toISOString().slice(0, 10);
    await expect(filters(page).getByLabel("From", { exact: true })).toHaveValue(day);
    await expect(filters(page).getByLabel("To", { exact: true })).toHaveValue(day);
    await expect(picture(page)).toHaveAccessibleDescription(/: 3 requests: 2 allowed, 1 not permitted/);
    const hour = bars(page, "hour").getByRole("img").last();
    await hour.focus();
    await expect(hour.locator(".bar__values")).toContainText("3 requests");
    await page.goBack();
    await expect(days).toHaveCount(30);
  });

  test("days are chosen by their dates, and wrong ones are named in the form", async ({ page, open, server, allowConsole }) => {
    allowConsole(/status of 409/);
    expect(await verify(server, mintKey(server, "Shop"))).toBe("VALID");
    await open("/usage?range=7d");
    const today = new Date().toISOString().slice(0, 10);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const from = filters(page).getByLabel("From", { exact: true });
    const to = filters(page).getByLabel("To", { exact: true });
    await from.fill(today);
    await to.fill(yesterday);
    await show(page);
    await expect(from).toHaveAccessibleDescription(/From is after To\. Choose an earlier first day or a later last one\./);
    await expect(from).toHaveAttribute("aria-invalid", "true");
    await expect(from).toHaveValue(today);
    await from.fill(yesterday);
    await to.fill(today);
    await show(page);
    await expect(picture(page)).toHaveAccessibleDescription(/: 1 request: 1 allowed/);
    await expect(page).toHaveURL(`/usage?range=7d&from=${yesterday}&to=${today}`);
    // A preset takes the place of the days.
    await preset(page, "Last 24 hours");
    await expect(page).toHaveURL("/usage?range=24h");
    await expect(from).toHaveValue("");
  });

  test("the lists of the most used are cards of one size", async ({ page, open, server }) => {
    const shop = mintKey(server, "Shop", "--endpoint", "chat");
    for (const endpoint of ["chat", "image", "none"]) await verify(server, shop, endpoint);
    await open("/usage");
    const cards = page.locator(".top-list");
    await expect(cards.getByRole("heading")).toHaveText(["By endpoint", "By key", "Refused by reason"]);
    const heights = await cards.evaluateAll((all) => all.map((card) => Math.round(card.getBoundingClientRect().height)));
    expect(new Set(heights).size).toBe(1);
    await expect(table(page, "Refused by reason").getByRole("row")).toHaveText([/^ReasonRequestsOf all$/, /^Not permitted266 %$/]);
  });

  test("the list shows a line chart for a used key", async ({ page, open, server }) => {
    const token = mintKey(server, "Shop");
    mintKey(server, "Mail");
    expect(await verify(server, token)).toBe("VALID");
    await open("/");
    await open("/keys");
    const line = (name: string) => row(page, name).locator("svg.spark");
    await expect(line("Shop")).toBeVisible();
    await expect(line("Shop")).toHaveAccessibleName("1 request in 24 h");
    await expect(row(page, "Shop").getByTitle("1 request in 24 h", { exact: true })).toBeVisible();
    await expect(line("Mail")).toHaveCount(0);
  });

  test("the screen is accessible, even without requests", async ({ page, open, server }) => {
    test.setTimeout(240_000);
    await open("/usage");
    await expect(page.getByRole("heading", { name: "No requests yet", exact: true })).toBeVisible();
    await expectAccessibleEverywhere(page);
    const token = mintKey(server, "x".repeat(100), "--endpoint", "chat");
    for (const endpoint of ["chat", "image", "none"]) await verify(server, token, endpoint);
    await verify(server, "sk_live_nonsense");
    await open("/usage?range=400d");
    await expect(picture(page)).toBeVisible();
    await expectAccessibleEverywhere(page);
    await open("/keys");
    await expect(page.locator("svg.spark")).toHaveCount(1);
    await expectAccessibleEverywhere(page);
    await open(`/keys/${keyNamed(server, "x".repeat(100)).id}`);
    await expect(page.getByRole("region", { name: "Requests", exact: true })).toBeVisible();
    await expectAccessibleEverywhere(page);
  });
});

test.describe("by thumb", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });

  test("the first tap on a bar shows its values, and the second one leads to its hours", async ({ context, page, open, server }) => {
    await arriveLoggedIn(context);
    expect(await verify(server, mintKey(server, "Shop"))).toBe("VALID");
    await open("/usage?range=7d");
    const bar = bars(page, "6 hours").getByRole("link").last();
    await bar.tap();
    await expect(bar.locator(".bar__values")).toBeVisible();
    await expect(bar.locator(".bar__values")).toContainText("1 request");
    await expect(page).toHaveURL("/usage?range=7d");
    await bar.tap();
    await expect(bars(page, "hour")).toBeVisible();
    await expect(filters(page).getByLabel("From", { exact: true })).toHaveValue(new Date().toISOString().slice(0, 10));
  });
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("a viewer sees the report and filters it", async ({ page, server, allowConsole }) => {
    // A browser without scripts does not fetch script files, and it reports to Playwright that a policy forbids it.
    allowConsole(/request failed: GET \S+\.js csp$/);
    allowConsole(/was preloaded using link preload but not used/);
    allowConsole(/status of 409/);
    expect(await verify(server, mintKey(server, "Shop"))).toBe("VALID");
    await logIn(page, addPerson(server, "viewer"));
    await page.goto("/usage");
    await expect(picture(page)).toHaveAccessibleDescription(/1 request: 1 allowed/);
    await preset(page, "Last 30 days");
    await expect(picture(page)).toHaveAccessibleDescription(/^Last 30 days: 1 request: 1 allowed/);
    await expect(overTime(page, "day").getByRole("row")).toHaveCount(1 + 30 + 1);
    await show(page);
    await expect(page).toHaveURL("/usage?range=30d&from=&to=&endpoint=&key=");
    await bars(page, "day").getByRole("link").last().click();
    await expect(bars(page, "hour").getByRole("img").last()).toHaveAccessibleName(/ UTC, so far: 1 request: 1 allowed$/);
    await filters(page).getByLabel("From", { exact: true }).fill("2001-01-01");
    await show(page);
    await expect(page.getByRole("alert")).toHaveText(/^From is too early: usage is kept for 400 days, here since /);
  });
});
