import { type Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, dialogs, keyNamed, mintKey, nameField, saveAndClose, showLimits, shownToken, submitKey } from "./journeys.ts";
import type { Server } from "./server.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const second = (page: Page) => page.getByRole("group", { name: "Rate limit", exact: true }).getByLabel("Requests a second", { exact: true });
const day = (page: Page) => page.getByRole("group", { name: "Rate limit", exact: true }).getByLabel("Requests a day", { exact: true });
const addresses = (page: Page) => page.getByLabel("Allowed addresses", { exact: true });

/** Asks the verifier like a service that names the address of its client. */
async function verifyFrom(server: Server, key: string, ip?: string): Promise<string> {
  const answer = await fetch(`${server.url}/v1/keys/verify`, { method: "POST", body: JSON.stringify({ key, endpoint: "chat", ip }) });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { code: string }).code;
}

test("a key is refused over its limit and from other addresses", async ({ page, open, server }) => {
  await open("/keys/new");
  await nameField(dialogs.create(page)).fill("Shop");
  await showLimits(page);
  await day(page).fill("2");
  await addresses(page).fill("203.0.113.0/24\n2001:db8::/32");
  await submitKey(page);
  const token = await shownToken(page);
  await expect.poll(() => verifyFrom(server, token, "198.51.100.7")).toBe("ADDRESS_NOT_ALLOWED");
  expect(await verifyFrom(server, token)).toBe("ADDRESS_NOT_ALLOWED");
  expect(await verifyFrom(server, token, "203.0.113.7")).toBe("VALID");
  expect(await verifyFrom(server, token, "2001:db8::7")).toBe("VALID");
  expect(await verifyFrom(server, token, "203.0.113.7")).toBe("RATE_LIMITED");

  await saveAndClose(page);
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  const facts = page.getByRole("region", { name: "Key", exact: true });
  await expect(facts).toContainText("2 a day");
  await expect(facts).toContainText("over all nodes");
  await expect(facts.getByRole("listitem")).toHaveText(["203.0.113.0/24", "2001:db8::/32"]);
});

test("mistakes are shown at their fields, and the typed text stays", async ({ page, open, server }) => {
  await open("/keys/new");
  await showLimits(page);
  await second(page).fill("0");
  await day(page).fill("lots");
  await addresses(page).fill("203.0.113.0/24\nexample.com");
  await submitKey(page);
  await expect(second(page)).toHaveAccessibleDescription(/^Requests a second: write a whole number/);
  await expect(second(page)).toBeFocused();
  await expect(day(page)).toHaveAccessibleDescription(/^Requests a day: write a whole number/);
  await expect(day(page)).toHaveValue("lots");
  await expect(addresses(page)).toHaveAccessibleDescription(/^“example.com” is not an address or network/);
  await expect(addresses(page)).toHaveValue("203.0.113.0/24\nexample.com");
  expect(server.run(["key", "list"])).toBe("");
});

test("limits are edited, and what another person changed meanwhile is merged", async ({ page, open, server, context }) => {
  const token = mintKey(server, "Shop", "--limit-day", "1000", "--allow-address", "203.0.113.0/24", "--allow-address", "2001:db8::/32");
  const address = `/keys/${keyNamed(server, "Shop").id}/edit`;
  await open(address);
  await expect(day(page)).toHaveValue("1000");
  await expect(second(page)).toHaveValue("");
  await expect(addresses(page)).toHaveValue("203.0.113.0/24\n2001:db8::/32");

  const other = await context.newPage();
  await other.goto(address);
  await expect(other.locator("html")).toHaveAttribute("data-hydrated", "");
  await addresses(other).fill("");
  await dialogs.edit(other).getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(dialogs.edit(other)).toBeHidden();
  expect(await verifyFrom(server, token, "198.51.100.7")).toBe("VALID");

  const edit = dialogs.edit(page);
  await second(page).fill("5");
  await edit.getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(edit.getByRole("alert")).toContainText("Allowed addresses are now: everywhere.");
  await expect(addresses(page)).toHaveValue("");
  await expect(second(page)).toHaveValue("5");
  await edit.getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(edit).toBeHidden();
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  await expect(page.getByRole("region", { name: "Key", exact: true })).toContainText("5 a second, 1,000 a day");
  await page.getByRole("tab", { name: "History", exact: true }).click();
  const history = page.getByRole("table", { name: "History", exact: true });
  await expect(history).toContainText("Rate limit: 1,000 a day → 5 a second, 1,000 a day");
  await expect(history).toContainText("Allowed addresses: 203.0.113.0/24, 2001:db8::/32 → everywhere");
});

test("the command line accepts and refuses the same limits as the form", async ({ server }) => {
  expect(() => mintKey(server, "Shop", "--limit-second", "0")).toThrow(/failed \(2\)/);
  expect(() => mintKey(server, "Shop", "--limit-minute", "1.5")).toThrow(/failed \(2\)/);
  expect(() => mintKey(server, "Shop", "--allow-address", "example.com")).toThrow(/failed \(1\):\nlatchkey: “example.com” is not an address or network/);
  const token = mintKey(server, "Shop", "--limit-minute", "1");
  expect(await verifyFrom(server, token)).toBe("VALID");
  expect(await verifyFrom(server, token)).toBe("RATE_LIMITED");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("limits are set and edited through plain forms", async ({ page, server, allowConsole }) => {
    allowConsole(/request failed: GET \S+\.js csp$/);
    allowConsole(/status of 422/);
    await page.goto("/keys/new");
    await showLimits(page);
    await second(page).fill("no");
    await addresses(page).fill("203.0.113.0/24");
    await submitKey(page);
    await expect(second(page)).toHaveValue("no");
    await expect(second(page)).toHaveAccessibleDescription(/^Requests a second: write a whole number/);
    await expect(addresses(page)).toHaveValue("203.0.113.0/24");
    await second(page).fill("10");
    await submitKey(page);
    const token = await shownToken(page);
    await expect.poll(() => verifyFrom(server, token, "198.51.100.7")).toBe("ADDRESS_NOT_ALLOWED");

    const [key] = server.run(["key", "list"]).split("\t");
    await page.goto(`/keys/${key}/edit`);
    await expect(second(page)).toHaveValue("10");
    await addresses(page).fill("");
    await dialogs.edit(page).getByRole("button", { name: "Save changes", exact: true }).click();
    await expect(page).toHaveURL("/keys");
    expect(await verifyFrom(server, token, "198.51.100.7")).toBe("VALID");
  });
});
