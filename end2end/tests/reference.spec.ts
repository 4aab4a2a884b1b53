// The API Reference: its requests work as they stand there, and it can be read without scripts.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, interactive, type Server, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, listKeys, mintKey, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const LANGUAGES = ["curl", "javascript", "python", "go"] as const;
type Language = (typeof LANGUAGES)[number];
type Operation = { id: string; method: string; path: string; requests: Record<Language, string> };

/** The operations on the screen, with their requests. */
function operations(page: Page): Promise<Operation[]> {
  return page.evaluate((languages) =>
    [...document.querySelectorAll("article:has(.code)")].map((entry) => {
      const [method = "", path = ""] = (entry.querySelector(".entry__path")?.textContent ?? "").trim().split(/\s+/);
      const requests = languages.map((language) => [language, entry.querySelector(`.code--${language}`)?.textContent ?? ""]);
      return { id: entry.id, method, path, requests: Object.fromEntries(requests) };
    }), LANGUAGES);
}

/** Runs a request as it stands on the screen, and returns the status and what was printed. */
function run(language: Language, request: string, variables: Record<string, string>): { status: number; output: string } {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-reference-"));
  try {
    // curl prints the status as well: its configuration says so, not the line.
    writeFileSync(join(folder, ".curlrc"), 'silent\nwrite-out = "\\n%{http_code}"\n');
    const [program, options]: [string, string[]] =
      language === "curl" ? ["bash", ["-c", request]] : language === "python" ? ["python3", ["-c", request]] : ["node", ["--input-type=module", "-e", request]];
    const environment = { PATH: process.env["PATH"] ?? "", CURL_HOME: folder, HOME: folder, ...variables };
    const { stdout, stderr } = spawnSync(program, options, { env: environment, encoding: "utf8", timeout: 30_000 });
    const status = language === "curl" ? /(\d{3})$/.exec(stdout) : (/^(\d{3}) /.exec(stdout) ?? /HTTP Error (\d{3})/.exec(stderr));
    return { status: Number(status?.[1] ?? 0), output: stdout + stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A server with something of each kind, and the tokens that the requests read. */
function seed(server: Server): Record<string, string> {
  const key = mintKey(server, "Shop");
  const token = server.run(["service-account", "create", "--name", "program", "--role", "admin"]).trim();
  return { LATCHKEY_SERVICE_TOKEN: token, LATCHKEY_TOKEN: key };
}

test("requests that read work as they stand there, in curl, JavaScript and Python", async ({ page, context, open, server }) => {
  test.setTimeout(240_000);
  await arriveLoggedIn(context);
  const variables = seed(server);
  const authorization = `Bearer ${variables["LATCHKEY_SERVICE_TOKEN"]}`;
  for (const [path, data] of [["profiles", { name: "Strict" }], ["customers", { externalId: "acme-8", name: "Acme" }]] as const) {
    const made = await context.request.post(`/manage/v1/${path}`, { data, headers: { authorization } });
    expect(made.status(), path).toBe(201);
  }
  await expect.poll(() => verify(server, variables["LATCHKEY_TOKEN"] ?? "", "chat")).toBe("VALID");
  await open("/reference");
  const reading = (await operations(page)).filter(({ method, path }) => method === "GET" || path.startsWith("/v1/"));
  expect(reading.length).toBeGreaterThan(18);
  for (const { id, path, requests } of reading) {
    // Only owners see people and service accounts, and no service account is one.
    const expected = /\/manage\/v1\/(users|service-accounts)/.test(path) ? 403 : 200;
    for (const language of ["curl", "javascript", "python"] as const) {
      const { status, output } = run(language, requests[language], variables);
      expect.soft(status, `${id} in ${language}: ${requests[language]}\n${output}`).toBe(expected);
    }
  }
});

test("the request that creates a key works as it stands there, in curl, JavaScript and Python", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  const variables = seed(server);
  await open("/reference");
  const create = (await operations(page)).find(({ id }) => id === "createKey");
  for (const language of ["curl", "javascript", "python"] as const) {
    const { status, output } = run(language, create?.requests[language] ?? "", variables);
    expect(status, output).toBe(201);
    expect(output).toMatch(/sk_live_[0-9A-Za-z]{36}/);
  }
  expect(listKeys(server)).toHaveLength(4);
});

test("requests that change something hit nothing real", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  const variables = seed(server);
  await open("/reference");
  for (const { id, method, path, requests } of await operations(page)) {
    if (!["PATCH", "DELETE"].includes(method) && !path.includes("{id}")) continue;
    if (method === "GET") continue;
    const { status, output } = run("curl", requests.curl, variables);
    expect.soft(status, `${id}: ${output}`).toBe(404);
  }
  expect(listKeys(server).map(({ status }) => status)).toEqual(["active"]);
});

test("a request is copied in the language that is chosen, which the browser remembers", async ({ page, context, open }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await arriveLoggedIn(context);
  await open("/reference#createKey");
  const entry = page.getByRole("article", { name: "Create a key", exact: true });
  await expect(entry).toBeInViewport();
  await page.getByRole("radio", { name: "curl", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "Python", exact: true })).toBeChecked();
  await expect(entry.locator(".code:visible")).toHaveText(/^import json/);
  await entry.getByRole("button", { name: "Copy request: Create a key", exact: true }).click();
  await expect(entry.getByText("Copied", { exact: true })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await entry.locator(".code--python").textContent());
  await page.reload();
  await expect(page.getByRole("radio", { name: "Python", exact: true })).toBeChecked();
  await expect(entry.locator(".code:visible")).toHaveText(/^import json/);
});

test("the screen is found in the sidebar, and Back shows it again", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  await open("/");
  const navigation = page.getByRole("navigation", { name: "Main", exact: true });
  await navigation.getByRole("link", { name: "API Reference", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("API Reference");
  await expect(navigation.getByRole("link", { name: "API Reference", exact: true })).toHaveAttribute("aria-current", "page");
  await interactive(page);
  const contents = page.getByRole("navigation", { name: "Contents", exact: true });
  await contents.getByRole("link", { name: "ERR_CONFLICT", exact: true }).click();
  await expect(page).toHaveURL("/reference#ERR_CONFLICT");
  await expect(page.getByRole("article", { name: "ERR_CONFLICT", exact: true })).toBeInViewport();
  await navigation.getByRole("link", { name: "API Keys", exact: true }).click();
  await expect(page).toHaveURL("/keys");
  await page.goBack();
  await expect(page).toHaveURL("/reference#ERR_CONFLICT");
  await expect(page.getByRole("article", { name: "ERR_CONFLICT", exact: true })).toBeVisible();
});

test("on a phone, the contents are behind a button", async ({ page, context, open }) => {
  await page.setViewportSize({ width: 360, height: 800 });
  await arriveLoggedIn(context);
  await open("/reference");
  const contents = page.getByRole("navigation", { name: "Contents", exact: true });
  await expect(contents).toBeHidden();
  await page.getByRole("button", { name: "Contents", exact: true }).click();
  await contents.getByRole("link", { name: "GET List keys", exact: true }).click();
  await expect(contents).toBeHidden();
  await expect(page.getByRole("article", { name: "List keys", exact: true })).toBeInViewport();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("it is read, the language chosen and the contents used", async ({ page, context, allowConsole }) => {
    allowConsole(/request failed: GET \S+\.js csp$/);
    await arriveLoggedIn(context);
    await page.goto("/reference");
    const entry = page.getByRole("article", { name: "Create a key", exact: true });
    await expect(entry.locator(".code:visible")).toHaveText(/^curl /);
    await expect(entry.getByRole("button")).toHaveCount(0);
    await page.getByRole("radio", { name: "JavaScript", exact: true }).check();
    await expect(entry.locator(".code:visible")).toHaveText(/^const response/);
    await entry.getByText("Example", { exact: true }).click();
    await expect(entry.getByText('"token": "sk_live_7Kq3vZ0pXr5TnB1mWc8YdL2eAo0123"')).toBeVisible();
    await page.getByRole("link", { name: "ERR_NO_PERMISSION", exact: true }).first().click();
    await expect(page).toHaveURL("/reference#ERR_NO_PERMISSION");
    await expect(page.getByRole("article", { name: "ERR_NO_PERMISSION", exact: true })).toBeInViewport();
    await page.setViewportSize({ width: 360, height: 800 });
    await page.getByRole("button", { name: "Contents", exact: true }).click();
    await expect(page.getByRole("link", { name: "GET List keys", exact: true })).toBeVisible();
  });
});
