import { expect, test } from "./fixture.ts";
import {
  WITH_OWNER, arriveLoggedIn, authorize, copyToken, createKey, dialogs, expectNoKeys, mintKey, nameField, row, verify,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("a key is created, copied, used and deleted", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open("/keys");
  await expectNoKeys(page);

  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  const create = dialogs.create(page);
  await expect(nameField(create)).toHaveValue(/\S/);
  await expect(create.getByRole("radio", { name: "All endpoints", exact: true })).toBeChecked();
  await create.getByRole("radio", { name: "Only these", exact: true }).check();
  await create.getByRole("checkbox", { name: "Chat", exact: true }).check();
  const token = await createKey(page, "Shop, checkout");

  const save = dialogs.save(page);
  await expect(save.getByText("This key is shown only once")).toBeVisible();
  await expect(save.getByRole("textbox", { name: "API key", exact: true })).not.toBeEditable();
  await expect(save.getByRole("status")).toContainText("Active");
  await copyToken(page);
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  await save.getByRole("button", { name: "Done", exact: true }).click();
  await expect(save).toBeHidden();
  await expect(page).toHaveURL("/keys");

  const key = row(page, "Shop, checkout");
  await expect(key.getByRole("cell", { name: `sk_live_…${token.slice(-4)}`, exact: true })).toBeVisible();
  await expect(key.getByRole("cell", { name: "Active", exact: true })).toBeVisible();
  await expect(key.getByRole("cell", { name: "Chat", exact: true })).toBeVisible();

  expect(await verify(server, token, "chat")).toBe("VALID");
  expect(await verify(server, token, "image")).toBe("FORBIDDEN");

  await key.getByRole("link", { name: "Delete Shop, checkout", exact: true }).click();
  await dialogs.delete(page).getByRole("button", { name: "Delete", exact: true }).click();
  await expect(dialogs.delete(page)).toBeHidden();
  await expectNoKeys(page);
  await expect(page.getByRole("main")).toBeFocused();
  expect(await verify(server, token)).toBe("NOT_FOUND");
});

test("a gateway learns which key it is, or why the key is refused", async ({ server }) => {
  const token = mintKey(server, "Shop: 50 %", "--endpoint", "chat");
  const allowed = await authorize(server, token, "POST", "/api/v1/chat/completions");
  expect(allowed.status).toBe(200);
  expect(Object.fromEntries(allowed.headers)).toMatchObject({
    "x-latchkey-key-id": expect.stringMatching(/^key_[0-9A-Za-z]+$/),
    "x-latchkey-key-name": "Shop%3A%2050%20%25",
    "x-latchkey-environment": "default",
    "x-latchkey-endpoint": "chat",
    "x-latchkey-bias-profile": "",
    "x-latchkey-key-expires": "",
    "x-latchkey-customer": "",
  });

  const refused = await authorize(server, token, "GET", "/api/v1/img/1");
  expect(refused.status).toBe(403);
  expect(refused.headers.get("content-type")).toBe("application/problem+json");
  expect(await refused.json()).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status: 403,
    code: "ERR_NO_PERMISSION",
    detail: "Access to image endpoint is denied for this key.",
    endpoint: "image",
  });
});

test("the question before deleting has the focus on Cancel", async ({ page, context, open, server }) => {
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await open("/keys");
  await row(page, "Shop").getByRole("link", { name: "Delete Shop", exact: true }).press("Enter");
  await expect(dialogs.delete(page).getByRole("link", { name: "Cancel", exact: true })).toBeFocused();
});

test("Esc deletes nothing and returns the focus", async ({ page, context, open, server }) => {
  const token = mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await open("/keys");
  const opener = row(page, "Shop").getByRole("link", { name: "Delete Shop", exact: true });
  await opener.press("Enter");
  const dialog = dialogs.delete(page);
  await expect(dialog.getByRole("listitem")).toHaveCount(3);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page).toHaveURL("/keys");
  await expect(opener).toBeFocused();
  expect(await verify(server, token)).toBe("VALID");
});

test("a key is disabled and enabled in its row, and the focus stays there", async ({ page, context, open, server }) => {
  const token = mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await open("/keys");
  const shop = row(page, "Shop");
  for (const [verb, status, code, next] of [
    ["Disable", "Inactive", "INACTIVE", "Enable"],
    ["Enable", "Active", "VALID", "Disable"],
  ] as const) {
    await shop.getByRole("button", { name: `${verb} Shop`, exact: true }).press("Enter");
    await expect(shop.getByRole("cell", { name: status, exact: true })).toBeVisible();
    expect(await verify(server, token)).toBe(code);
    await expect(shop.getByRole("button", { name: `${next} Shop`, exact: true })).toBeFocused();
  }
});

test("a key that has reached its end date has expired for good", async ({ page, context, open, server }) => {
  const token = mintKey(server, "Shop", "--expires", "1s");
  await expect.poll(() => verify(server, token)).toBe("EXPIRED");
  const refused = await authorize(server, token, "POST", "/api/v1/chat/completions");
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
  expect(await refused.json()).toMatchObject({ status: 401, code: "ERR_KEY_EXPIRED" });
  await arriveLoggedIn(context);
  await open("/keys?status=expired");
  await expect(row(page, "Shop").getByRole("cell", { name: /^Expired/ })).toBeVisible();
  await expect(row(page, "Shop").getByRole("button", { name: /^(?!Copy key_)/ })).toHaveCount(0);
  await expect(row(page, "Shop").getByRole("link", { name: "Delete Shop", exact: true })).toBeVisible();
});
