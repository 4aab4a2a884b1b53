// Helpers for steps of people and gateways that many tests need.

import { type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from "@playwright/test";
import { expect } from "./fixture.ts";
import type { Server } from "./server.ts";

export const OWNER = { email: "mara.ott@example.com", password: "correct horse battery" };

/** The variables for a server with an owner: `test.use({ serverEnvironment: WITH_OWNER })`. */
export const WITH_OWNER = { LATCHKEY_OWNER_EMAIL: OWNER.email, LATCHKEY_OWNER_PASSWORD: OWNER.password };

export const LIVE_TOKEN = /^sk_live_[0-9A-Za-z]{36}$/;

/** Fills and sends the present form. Setup and login have the same fields. */
export async function enter(page: Page, person: { email: string; password: string }, submit: string): Promise<void> {
  await page.getByRole("textbox", { name: "Email", exact: true }).fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: submit, exact: true }).click();
}

/** Logs in on the login page, like a person. */
export async function logIn(page: Page, person = OWNER): Promise<void> {
  await page.goto("/login");
  await enter(page, person, "Log in");
  await expect(page).toHaveURL("/");
}

/** Logs in without the login page, for tests that begin after the login. */
export async function arriveLoggedIn(context: BrowserContext, person = OWNER): Promise<void> {
  const answer = await context.request.post("/login", { form: person, maxRedirects: 0 });
  expect(answer.headers()["location"]).toBe("/");
}

export async function logOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /user menu$/ }).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL("/login");
}

/** The dialogs, by their exact names. */
export const dialogs = {
  create: (page: Page) => page.getByRole("dialog", { name: "Create API Key", exact: true }),
  save: (page: Page) => page.getByRole("dialog", { name: "Save your API key", exact: true }),
  edit: (page: Page) => page.getByRole("dialog", { name: "Edit API Key", exact: true }),
  rotate: (page: Page) => page.getByRole("dialog", { name: "Rotate API Key", exact: true }),
  delete: (page: Page) => page.getByRole("alertdialog", { name: "Delete API Key", exact: true }),
};

export function nameField(dialog: Locator | Page): Locator {
  return dialog.getByRole("textbox", { name: "Name", exact: true });
}

/** Unfolds the limits of a key's form, which are folded while there are none, or folds them. */
export async function showLimits(page: Page): Promise<void> {
  await page.getByRole("dialog").getByText("Rate limit and allowed addresses", { exact: true }).click();
}

export async function submitKey(page: Page): Promise<void> {
  await dialogs.create(page).getByRole("button", { name: "Create API Key", exact: true }).click();
}

/** Fills the open dialog “Create API Key”, and reads the token. */
export async function createKey(page: Page, name: string): Promise<string> {
  await nameField(dialogs.create(page)).fill(name);
  await submitKey(page);
  return shownToken(page);
}

export async function shownToken(page: Page): Promise<string> {
  const token = dialogs.save(page).getByRole("textbox", { name: "API key", exact: true });
  await expect(token).toHaveValue(LIVE_TOKEN);
  return token.inputValue();
}

/** The row of the list with this name. */
export function row(page: Page, name: string): Locator {
  const cell = page.getByRole("cell").filter({ has: page.getByText(name, { exact: true }) });
  return page.getByRole("table", { name: "API Keys", exact: true }).getByRole("row").filter({ has: cell });
}

/** Adds a person on the command line. */
export function addPerson(server: Server, role: "viewer" | "developer" | "admin" | "owner", name: string = role): { email: string; password: string } {
  const person = { email: `${name}@example.com`, password: "a battery of horses" };
  server.run(["user", "add", "--email", person.email, "--role", role], `${person.password}\n`);
  return person;
}

/** Creates a service account, and returns its token. */
export function addServiceAccount(server: Server, name: string, ...more: string[]): string {
  return server.run(["service-account", "create", "--name", name, "--role", "developer", ...more]).trim();
}

/** Opens another browser, whose errors fail the test, too. */
export async function anotherBrowser(
  { browser, server, watch }: { browser: Browser; server: Server; watch: (context: BrowserContext) => void },
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: server.url, ...options });
  watch(context);
  return context;
}

/** Adds another person with this role, and logs them in in another browser. */
export async function anotherPerson(
  where: { browser: Browser; server: Server; watch: (context: BrowserContext) => void },
  role: "viewer" | "developer" | "admin",
): Promise<Page> {
  const person = addPerson(where.server, role);
  const context = await anotherBrowser(where);
  await arriveLoggedIn(context, person);
  return context.newPage();
}

/** Copies the token in the dialog “Save your API key”. Until the page has copied, closing the dialog asks for confirmation. */
export async function copyToken(page: Page): Promise<void> {
  const save = dialogs.save(page);
  await save.getByRole("button", { name: "Copy API key", exact: true }).click();
  await expect(save.getByText("Copied", { exact: true })).toBeAttached();
}

/** Copies the token and closes the dialog “Save your API key”. */
export async function saveAndClose(page: Page): Promise<void> {
  await copyToken(page);
  const save = dialogs.save(page);
  await save.getByRole("button", { name: "Done", exact: true }).click();
  await expect(save).toBeHidden();
}

export async function expectNoKeys(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { name: "Create your first API key", exact: true })).toBeVisible();
}

/** Creates a key on the command line and returns its token. */
export function mintKey(server: Server, name: string, ...more: string[]): string {
  const environment = more.includes("--environment") ? [] : ["--environment", "default"];
  return server.run(["key", "create", ...environment, "--name", name, ...more]).trim();
}

/** Creates a customer as the person who is logged in, and returns its ID. */
export async function addCustomer(context: BrowserContext, fields: { external_id: string; name: string; [field: string]: string }): Promise<string> {
  const answer = await context.request.post("/customers/new", { form: fields, maxRedirects: 0 });
  expect(answer.status(), await answer.text()).toBe(303);
  return answer.headers()["location"]?.replace("/customers/", "") ?? "";
}

/** Creates a key of a customer as the person who is logged in, and returns its token. */
export async function createKeyOf(context: BrowserContext, customer: string, name: string): Promise<string> {
  const form = { name, environment: "default", endpoints: "all", expires: "never", customer };
  const answer = await context.request.post("/keys/new", { form, headers: { accept: "application/json" } });
  const { Done: done } = (await answer.json()) as { Done: { Created: { token: string } } };
  return done.Created.token;
}

export type Listed = { id: string; status: string; masked: string; environment: string; name: string };

/** The keys that `latchkey key list` prints. */
export function listKeys(server: Server): Listed[] {
  const lines = server.run(["key", "list"]).split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [id = "", status = "", masked = "", environment = "", name = ""] = line.split("\t");
    return { id, status, masked, environment, name };
  });
}

export function keyNamed(server: Server, name: string): Listed {
  const found = listKeys(server).find((key) => key.name === name);
  if (!found) throw new Error(`there is no key ${name}`);
  return found;
}

/** Asks the verifier like a service, and returns the code. */
export async function verify(server: Server, key: string, endpoint = "chat"): Promise<string> {
  const answer = await fetch(`${server.url}/v1/keys/verify`, { method: "POST", body: JSON.stringify({ key, endpoint }) });
  expect(answer.status).toBe(200);
  const { valid, code } = (await answer.json()) as { valid: boolean; code: string };
  expect(valid).toBe(code === "VALID");
  return code;
}

/** Asks the verifier like a gateway. */
export function authorize(server: Server, key: string, method: string, uri: string): Promise<Response> {
  const headers = { "Authorization": `Bearer ${key}`, "X-Forwarded-Method": method, "X-Forwarded-Uri": uri };
  return fetch(`${server.url}/v1/authorize`, { headers });
}

/** The dialog with this title. */
export function dialog(page: Page, name: string): Locator {
  return page.getByRole("dialog", { name, exact: true });
}

/** The dialog that asks before an action that cannot be undone. */
export function question(page: Page, name: string): Locator {
  return page.getByRole("alertdialog", { name, exact: true });
}

export async function press(where: Locator | Page, button: string): Promise<void> {
  await where.getByRole("button", { name: button, exact: true }).click();
}

/** The rows with this text in the table with this name. */
export function rowOf(page: Page, table: string, text: string | RegExp): Locator {
  return page.getByRole("table", { name: table, exact: true }).getByRole("row").filter({ hasText: text });
}

/** The row with this link in the table with this name. */
export function rowWith(page: Page, table: string, link: string): Locator {
  const has = page.getByRole("link", { name: link, exact: true });
  return page.getByRole("table", { name: table, exact: true }).getByRole("row").filter({ has });
}

/** The text of a message at the edge of the screen. */
export async function expectToast(page: Page, text: string | RegExp): Promise<void> {
  await expect(page.getByText(text, { exact: true }).first()).toBeVisible();
}

/**
 * Makes the server answer once as if the password had been entered long ago. Its clock cannot be changed, so this replaces
 * the real answer.
 */
export async function forgetPasswordOnce(page: Page, path: string): Promise<void> {
  await page.route(`**/api/${path}`, (route) => route.fulfill({ status: 401, contentType: "application/json", body: '{"code":"password_needed","detail":"Confirm your password first."}' }), { times: 1 });
}
