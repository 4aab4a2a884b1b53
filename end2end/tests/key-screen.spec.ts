import { type Page } from "@playwright/test";
import { expect, expectAccessibleEverywhere, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, authorize, keyNamed, mintKey } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const tab = (page: Page, name: string | RegExp) => page.getByRole("tab", { name });
const requests = (page: Page) => page.getByRole("region", { name: "Requests", exact: true });

test("the head says what the key is, and its ID is copied by keyboard", async ({ page, context, open, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const token = mintKey(server, "Shop", "--endpoint", "chat", "--expires", "100d");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}`);
  const head = page.locator(".key-head");
  await expect(head).toContainText(/Active\s*until \d+ \w+ \d{4}/);
  await expect(head).toContainText(`sk_live_…${token.slice(-4)}`);
  await expect(head).toContainText("default · created on the command line, ");
  await head.getByRole("button", { name: `Copy ${id}`, exact: true }).press("Enter");
  await expect(page.getByRole("status").filter({ hasText: `Copied ${id}` })).toBeVisible();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(id);
});

test("the tabs are links, and arrow keys move among them", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--endpoint", "chat");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}?search=sh`);
  await expect(page.getByRole("tab")).toHaveText(["Overview", "Requests", "History", "Why denied?"]);
  await tab(page, "Overview").press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(`/keys/${id}?search=sh&tab=requests`);
  await expect(page.getByRole("heading", { name: "No refused requests", exact: true })).toBeVisible();
  await tab(page, "History").click();
  await expect(page.getByRole("table", { name: "History", exact: true })).toContainText("Created");
  await page.goBack();
  await expect(tab(page, "Requests")).toHaveAttribute("aria-selected", "true");
  await page.getByRole("link", { name: "API Keys", exact: true }).first().click();
  await expect(page).toHaveURL(/\/keys(\?search=sh)?$/);
});

test("a refused request is listed with its reason and explained", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "chat");
  const { id } = keyNamed(server, "Shop");
  expect((await authorize(server, token, "GET", "/api/v1/img?secret=1")).status).toBe(403);
  expect((await authorize(server, token, "GET", `/api/v1/img/${token}`)).status).toBe(403);
  expect((await authorize(server, token, "POST", "/api/v1/chat/completions")).status).toBe(200);
  await open(`/keys/${id}`);
  await expect(tab(page, /^Requests/)).toHaveAccessibleName("Requests 2 refused in 24 hours");
  await tab(page, /^Requests/).click();
  const table = page.getByRole("table", { name: "Refused requests", exact: true });
  await expect(table.getByRole("row")).toHaveCount(3);
  await expect(table).not.toContainText(token);
  await expect(table).not.toContainText("secret");
  const first = table.getByRole("row").nth(2);
  await expect(first).toContainText("GET /api/v1/img");
  await expect(first).toContainText("The key does not hold endpoint image.");
  await expect(page.getByText("From the one node that runs.", { exact: true })).toBeVisible();
  // A request of which a part is hidden cannot be explained.
  await expect(table.getByRole("row").nth(1).getByRole("link")).toHaveCount(0);
  await first.getByRole("link", { name: "Explain GET /api/v1/img", exact: true }).click();
  const why = page.getByRole("region", { name: "Why denied?", exact: true });
  await expect(why.getByLabel("Path", { exact: true })).toHaveValue("/api/v1/img");
  await expect(why.getByLabel("Client address", { exact: true })).toHaveValue(/^(127\.0\.0\.1|::1)$/);
  await expect(why.locator(".check__word")).toHaveText(["Passed", "Passed", "Passed", "Denied here", "Passed", "Passed"]);
});

test("the values of a bar are shown by pointer and by keyboard", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "chat");
  expect((await authorize(server, token, "POST", "/api/v1/chat/completions")).status).toBe(200);
  expect((await authorize(server, token, "GET", "/api/v1/img")).status).toBe(403);
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  const values = requests(page).locator(".request-bars__values");
  await expect(values).toHaveText(/^Last 24 hours\s*Allowed 1\s*Refused 1 \(1 not permitted\)$/);
  const slider = requests(page).getByRole("slider", { name: "Requests by hour", exact: true });
  const box = (await slider.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(box.x + 2, box.y + box.height / 2);
  await expect(values).toContainText("Allowed 0");
  await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
  await expect(values).toHaveText(/\d\d:00–\d\d:00, so far\s*Allowed 1\s*Refused 1/);
  await page.mouse.move(0, 0);
  await expect(values).toContainText("Last 24 hours");
  await slider.focus();
  await expect(slider).toHaveAttribute("aria-valuetext", /so far: 2 requests: 1 allowed, 1 not permitted$/);
  await slider.press("ArrowLeft");
  await expect(slider).toHaveAttribute("aria-valuetext", /\d\d:00: no requests$/);
  await expect(values).toContainText("Allowed 0");
  await slider.blur();
  await expect(values).toContainText("Last 24 hours");
});

test.describe("far from UTC", () => {
  test.use({ timezoneId: "Asia/Kathmandu" });

  test("the hours of the chart are the person's own, and days are in UTC", async ({ page, open, server }) => {
    const token = mintKey(server, "Shop", "--endpoint", "chat");
    expect((await authorize(server, token, "POST", "/api/v1/chat/completions")).status).toBe(200);
    const { id } = keyNamed(server, "Shop");
    await open(`/keys/${id}`);
    const slider = requests(page).getByRole("slider");
    const axis = requests(page).locator(".chart__label");
    await slider.focus();
    await expect(slider).toHaveAttribute("aria-valuetext", /\d\d:45–\d\d:45, so far: 1 request: 1 allowed$/);
    await expect(axis.filter({ hasText: /^\d\d:45$/ })).toHaveCount(8);
    await expect(axis.filter({ hasText: "UTC" })).toHaveCount(0);
    await open(`/keys/${id}?range=30d`);
    await slider.focus();
    await expect(slider).toHaveAttribute("aria-valuetext", / UTC, so far: 1 request: 1 allowed$/);
    await expect(axis.filter({ hasText: /^UTC$/ })).toHaveCount(1);
  });
});

test("provisioning that is over is folded", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  const over = page.locator("details.folded-card");
  await expect(over).not.toHaveAttribute("open");
  await over.locator("summary").press("Enter");
  await expect(over.getByRole("listitem").first()).toBeVisible();
});

test("the texts to paste are chosen by keyboard, copied, and hold no token", async ({ page, context, open, server }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const token = mintKey(server, "Shop", "--endpoint", "chat");
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  const card = page.getByRole("region", { name: "Use it", exact: true });
  await expect(card.getByRole("region", { name: "Example: curl", exact: true })).toContainText("$LATCHKEY_TOKEN");
  await card.getByRole("radio", { name: "curl", exact: true }).press("ArrowRight");
  await expect(card.getByRole("region", { name: "Example: JavaScript", exact: true })).toBeVisible();
  await expect(card.getByRole("region", { name: "Example: curl", exact: true })).toBeHidden();
  await card.getByRole("radio", { name: "nginx", exact: true }).check();
  const copy = card.getByRole("button", { name: "Copy nginx configuration", exact: true });
  await copy.scrollIntoViewIfNeeded();
  const before = await copy.boundingBox();
  await copy.click();
  // The button says “Copied”, and nothing moves.
  await expect.poll(() => copy.evaluate((button) => getComputedStyle(button, "::after").visibility)).toBe("visible");
  expect(await copy.boundingBox()).toEqual(before);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toContain(`server ${new URL(server.url).host};`);
  expect(await copied()).not.toContain(token);
  const refused = await authorize(server, token, "GET", "/api/v1/img");
  await expect(card.getByRole("region", { name: "Answer 403", exact: true })).toHaveText(await refused.text());
});

test("every tab is accessible in all colour schemes and widths", async ({ page, open, server }) => {
  test.slow();
  const token = mintKey(server, "Shop", "--endpoint", "chat", "--limit-second", "10", "--allow-address", "127.0.0.0/8");
  const { id } = keyNamed(server, "Shop");
  await authorize(server, token, "POST", "/api/v1/chat/completions");
  await authorize(server, token, "GET", `/${"x".repeat(300)}`);
  for (const query of ["", "?tab=requests", "?tab=history"]) {
    await open(`/keys/${id}${query}`);
    await expect(page.getByRole("tabpanel")).toBeVisible();
    await expectAccessibleEverywhere(page);
  }
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("tabs, ranges and texts work, and nothing offers to copy", async ({ page, server, allowConsole }) => {
    allowConsole(/request failed: GET \S+\.js csp$/);
    allowConsole(/was preloaded using link preload but not used/);
    const token = mintKey(server, "Shop", "--endpoint", "chat");
    const { id } = keyNamed(server, "Shop");
    await authorize(server, token, "GET", "/api/v1/img");
    await page.goto(`/keys/${id}`);
    await expect(page.getByRole("button", { name: /^Copy/ })).toHaveCount(0);
    await page.getByRole("radio", { name: "Caddy", exact: true }).check();
    await expect(page.getByRole("region", { name: "Example: Caddy", exact: true })).toBeVisible();
    await page.getByRole("link", { name: "Last 7 days", exact: true }).click();
    await expect(page).toHaveURL(`/keys/${id}?range=7d`);
    await expect(requests(page).getByRole("img")).toHaveAccessibleDescription(/^Last 7 days: 1 request/);
    await tab(page, /^Requests/).click();
    await expect(page.getByRole("table", { name: "Refused requests", exact: true })).toContainText("GET /api/v1/img");
    await page.getByRole("link", { name: "Explain GET /api/v1/img", exact: true }).click();
    await expect(page.getByRole("region", { name: "Why denied?", exact: true })).toContainText("403 ERR_NO_PERMISSION");
  });
});
