import { type Locator, type Page } from "@playwright/test";
import { expect, expectAccessibleEverywhere, test } from "./fixture.ts";
import { WITH_OWNER, anotherPerson, arriveLoggedIn, authorize, keyNamed, mintKey } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const CHECKS = ["Key", "Status", "Customer", "Endpoint", "Address", "Rate limit"];

const section = (page: Page): Locator => page.getByRole("region", { name: "Why denied?", exact: true });
const checks = (page: Page): Locator => section(page).getByRole("list").getByRole("listitem");

async function ask(page: Page, question: { method?: string; path?: string; address?: string; time?: string }): Promise<void> {
  const form = section(page);
  if (question.method) await form.getByRole("combobox", { name: "Method", exact: true }).selectOption(question.method);
  if (question.path) await form.getByLabel("Path", { exact: true }).fill(question.path);
  if (question.address) await form.getByLabel("Client address", { exact: true }).fill(question.address);
  if (question.time) await form.getByLabel("Time", { exact: true }).fill(question.time);
  await form.getByRole("button", { name: "Explain", exact: true }).click();
}

/** Expects these results of the checks. */
async function expectWords(page: Page, words: string[]): Promise<void> {
  await expect(checks(page).locator("strong")).toHaveText(CHECKS);
  await expect(checks(page).locator(".check__word")).toHaveText(words);
}

test("each check of a request is explained, and the answer is that of the gateway", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "chat", "--allow-address", "203.0.113.0/24");
  await open(`/keys/${keyNamed(server, "Shop").id}?tab=why`);
  await expect(section(page).getByLabel("Path", { exact: true })).toHaveValue("/api/v1/chat/completions");
  await expect(checks(page)).toHaveCount(0);

  await ask(page, { address: "127.0.0.1" });
  await expectWords(page, ["Passed", "Passed", "Passed", "Passed", "Denied here", "Passed"]);
  await expect(section(page)).toContainText("403 ERR_ADDRESS_NOT_ALLOWED");
  const answer = await authorize(server, token, "POST", "/api/v1/chat/completions");
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([403, "ERR_ADDRESS_NOT_ALLOWED"]);

  await ask(page, { method: "GET", path: "/api/v1/img" });
  await expectWords(page, ["Passed", "Passed", "Passed", "Denied here", "Failed", "Passed"]);
  await expect(section(page)).toContainText("FORBIDDEN");

  await ask(page, { method: "POST", path: "/api/v1/chat/completions", address: "203.0.113.7" });
  await expectWords(page, ["Passed", "Passed", "Passed", "Passed", "Passed", "Passed"]);
  await expect(section(page)).toContainText("VALID");

  // Back shows the question before, in the form as well.
  await page.goBack();
  await expect(section(page)).toContainText("FORBIDDEN");
  await expect(section(page).getByLabel("Path", { exact: true })).toHaveValue("/api/v1/img");
});

test("the answer follows changes of the key, and the typed text stays", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}?method=POST&path=/api/v1/chat/completions`);
  await expectWords(page, ["Passed", "Passed", "Passed", "Passed", "Passed", "Passed"]);
  await section(page).getByLabel("Client address", { exact: true }).fill("192.0.2.1");
  server.run(["key", "disable", id]);
  await expectWords(page, ["Passed", "Denied here", "Passed", "Passed", "Passed", "Passed"]);
  await expect(section(page)).toContainText("401 ERR_KEY_INACTIVE");
  await expect(section(page).getByLabel("Client address", { exact: true })).toHaveValue("192.0.2.1");
});

test("the tab opens by its link and by an address with a question", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--endpoint", "chat");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}`);
  await expect(section(page)).toHaveCount(0);
  await page.getByRole("tab", { name: "Why denied?", exact: true }).click();
  await expect(page).toHaveURL(`/keys/${id}?tab=why`);
  await ask(page, { method: "GET", path: "/api/v1/img" });
  await expect(page).toHaveURL(/\?method=GET&path=.*&tab=why$/);
  await expectWords(page, ["Passed", "Passed", "Passed", "Denied here", "Passed", "Passed"]);
  await open(`/keys/${id}?method=GET&path=/api/v1/img`);
  await expect(page.getByRole("tab", { name: "Why denied?", exact: true })).toHaveAttribute("aria-selected", "true");
});

test("a future time is read in UTC", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--expires", "30d");
  await open(`/keys/${keyNamed(server, "Shop").id}?tab=why`);
  const year = new Date().getUTCFullYear() + 1;
  await ask(page, { time: `${year}-12-01T12:00` });
  await expectWords(page, ["Passed", "Denied here", "Passed", "Passed", "Passed", "Passed"]);
  await expect(section(page)).toContainText(`1 Dec ${year}, 12:00:00 UTC`);
  await expect(section(page)).toContainText("EXPIRED");
});

test("an unreadable value is reported at its field", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open(`/keys/${keyNamed(server, "Shop").id}?tab=why`);
  await ask(page, { path: "chat", address: "localhost" });
  await expect(section(page).getByLabel("Path", { exact: true })).toHaveAccessibleDescription(/^Write the path as a client sends it/);
  await expect(section(page).getByLabel("Client address", { exact: true })).toHaveAccessibleDescription(/^This is not an IP address/);
  await expect(checks(page)).toHaveCount(0);
});

test("a viewer may ask, and can share the URL", async ({ server, browser, watch }) => {
  mintKey(server, "Shop", "--endpoint", "image");
  const page = await anotherPerson({ browser, server, watch }, "viewer");
  await page.goto(`/keys/${keyNamed(server, "Shop").id}?method=POST&path=/api/v1/chat/completions`);
  await expectWords(page, ["Passed", "Passed", "Passed", "Denied here", "Passed", "Passed"]);
});

test("the section is accessible in all colour schemes and widths", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--endpoint", "chat", "--limit-second", "10", "--allow-address", "203.0.113.0/24");
  await open(`/keys/${keyNamed(server, "Shop").id}?method=GET&path=/api/v1/img&address=198.51.100.7`);
  await expectWords(page, ["Passed", "Passed", "Passed", "Denied here", "Failed", "Passed"]);
  await expectAccessibleEverywhere(page);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the form works as a plain form", async ({ page, server, allowConsole }) => {
    allowConsole(/request failed: GET \S+\.js csp$/);
    mintKey(server, "Shop", "--endpoint", "image");
    const { id } = keyNamed(server, "Shop");
    await page.goto(`/keys/${id}?tab=why`);
    await ask(page, { method: "POST", path: "/api/v1/chat/completions?stream=1" });
    await expect(page).toHaveURL(new RegExp(`/keys/${id}\\?method=POST&path=`));
    await expectWords(page, ["Passed", "Passed", "Passed", "Denied here", "Passed", "Passed"]);
    await expect(section(page).getByLabel("Path", { exact: true })).toHaveValue("/api/v1/chat/completions?stream=1");
  });
});

test("the command line gives the same explanation, and its exit status gives the decision", async ({ server }) => {
  mintKey(server, "Shop", "--endpoint", "chat", "--limit-day", "1", "--allow-address", "203.0.113.0/24");
  const { id } = keyNamed(server, "Shop");
  const request = ["--method", "POST", "--path", "/api/v1/chat/completions"];
  const allowed = server.run(["explain", id, ...request, "--address", "203.0.113.7"]).trimEnd().split("\n");
  expect(allowed.map((line) => line.slice(0, 14).trim())).toEqual([...CHECKS.map((check) => `ok  ${check}`), "VALID"]);
  expect(allowed[5]).toContain("a command does not know");
  expect(() => server.run(["explain", id, ...request])).toThrow(/failed \(1\):\n(ok .*\n){4}no  Address .*\nok .*\nADDRESS_NOT_ALLOWED\n/);
  expect(() => server.run(["explain", id, "--method", "GET", "--path", "chat"])).toThrow(/failed \(2\):\nlatchkey: --path: Write the path/);
  expect(() => server.run(["explain", id, ...request, "--address", "localhost"])).toThrow(/failed \(2\)/);
  expect(() => server.run(["explain", id, ...request, "--at", "soon"])).toThrow(/failed \(2\)/);
});
