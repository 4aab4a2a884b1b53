// Changes by other people and by the server appear on every open page.

import { expect, interactive, test } from "./fixture.ts";
import {
  WITH_OWNER, anotherPerson, arriveLoggedIn, createKey, dialog, keyNamed, mintKey, nameField, press, row, rowOf, saveAndClose, verify,
} from "./journeys.ts";

test.describe("on an ordinary server", () => {
  test.use({ serverEnvironment: WITH_OWNER });
  test.beforeEach(({ context }) => arriveLoggedIn(context));

  test("another person's changes appear by themselves, and the focus stays", async ({ page, open, server, browser, watch }) => {
    mintKey(server, "Shop");
    await open("/keys");
    const disable = row(page, "Shop").getByRole("button", { name: "Disable Shop", exact: true });
    await disable.focus();

    const other = await anotherPerson({ browser, server, watch }, "admin");
    await other.goto("/keys/new");
    await expect(other.locator("html")).toHaveAttribute("data-hydrated", "");
    await createKey(other, "Billing");
    await expect(row(page, "Billing").getByRole("cell", { name: "Active", exact: true })).toBeVisible();
    await expect(disable).toBeFocused();

    server.run(["key", "disable", keyNamed(server, "Billing").id]);
    await expect(row(page, "Billing").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
    server.run(["key", "delete", keyNamed(server, "Billing").id]);
    await expect(row(page, "Billing")).toBeHidden();
    await expect(disable).toBeFocused();
  });

  test("changes appear on Home and on the screen of a key", async ({ page, context, open, server }) => {
    mintKey(server, "Shop");
    const { id } = keyNamed(server, "Shop");
    await open("/");
    const home = page.getByRole("list", { name: "Keys by status" });
    await expect(home.getByRole("link", { name: "Active 1", exact: true })).toBeVisible();
    server.run(["key", "disable", id]);
    await expect(home.getByRole("link", { name: "Inactive 1", exact: true })).toBeVisible();

    const screen = await context.newPage();
    await screen.goto(`/keys/${id}?tab=history`);
    await expect(screen.locator("html")).toHaveAttribute("data-hydrated", "");
    server.run(["key", "enable", id]);
    await expect(screen.getByRole("button", { name: "Disable Shop", exact: true })).toBeVisible();
    await expect(screen.getByRole("table", { name: "History", exact: true }).getByRole("row").nth(1)).toContainText("Enabled");
  });

  test("a page whose live stream is refused asks the server regularly", async ({ page, open, server, allowConsole }) => {
    allowConsole(/events/);
    await page.route("**/events", (route) => route.abort());
    mintKey(server, "Shop");
    await open("/keys");
    server.run(["key", "disable", keyNamed(server, "Shop").id]);
    await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible({ timeout: 30_000 });
  });

  test("changes appear in the settings and the audit log, and the focus stays", async ({ page, context, open, server, browser, watch }) => {
    await open("/settings/endpoints");
    const edit = page.getByRole("link", { name: "Edit Chat", exact: true });
    await edit.focus();
    const log = await context.newPage();
    await log.goto("/audit");
    await interactive(log);

    const other = await anotherPerson({ browser, server, watch }, "admin");
    const added = await other.request.post("/api/endpoints/create", { data: { form: { name: "embed", title: "Embed", patterns: "POST /embed" } } });
    expect(added.status()).toBe(200);
    await expect(rowOf(log, "Audit Log", "Endpoint: created")).toContainText("added the endpoint Embed");
    await page.bringToFront();
    await expect(rowOf(page, "Endpoints", "POST /embed")).toBeVisible();
    await expect(edit).toBeFocused();
    mintKey(server, "Shop", "--endpoint", "embed");
    await expect(rowOf(page, "Endpoints", "POST /embed").getByRole("link", { name: "1", exact: true })).toBeVisible();
    await expect(edit).toBeFocused();
  });

  test("an environment of another person appears, and text typed into an open dialog stays", async ({ page, open, server, browser, watch }) => {
    await open("/settings");
    const other = await anotherPerson({ browser, server, watch }, "admin");
    await page.getByRole("link", { name: "Rename default", exact: true }).click();
    const rename = dialog(page, "Rename Environment");
    await nameField(rename).fill("production");
    await other.request.post("/api/environments/create", { data: { form: { name: "staging", kind: "test" } } });
    await expect(page.getByRole("table", { name: "Environments", exact: true })).toContainText("staging");
    await expect(nameField(rename)).toHaveValue("production");
    await expect(nameField(rename)).toBeFocused();
    await expect(page.getByRole("banner").getByRole("combobox", { name: "Environment", exact: true }).getByRole("option")).toHaveText(["All environments", "default", "staging"]);
    await press(rename, "Save changes");
    await expect(rowOf(page, "Environments", "production")).toBeVisible();
  });

  test("the message about disabling says on how many nodes it is in force", async ({ page, open, server }) => {
    mintKey(server, "Shop");
    await open("/keys");
    await row(page, "Shop").getByRole("button", { name: "Disable Shop", exact: true }).click();
    await expect(page.getByText(/^Refused on 1 of 1 node after (\d+ ms|\d+\.\d s)\.$/)).toBeVisible();
  });
});

test.describe("on a server that holds new keys", () => {
  test.use({ serverEnvironment: { ...WITH_OWNER, LATCHKEY_PROVISIONING_MIN: "20s" } });

  test("the timeline survives closing the dialog, reloading and a restart of the server", async ({ page, context, open, server, allowConsole }) => {
    test.slow();
    // While the server is stopped, the page's requests and its stream fail.
    allowConsole(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/);
    await arriveLoggedIn(context);
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open("/keys/new");
    const token = await createKey(page, "Shop");
    await saveAndClose(page);
    await expect(row(page, "Shop").getByRole("cell", { name: "Provisioning", exact: true })).toBeVisible();
    await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
    const steps = page.getByRole("main").getByRole("status").getByRole("listitem");
    await expect(steps.nth(1)).toHaveText(/^Clocks agree/);
    await expect(steps.last()).toHaveText(/^Ready in \d+ s: running$/);
    await server.stop();
    await server.start();
    await open(`/keys/${keyNamed(server, "Shop").id}`);
    await expect(steps.nth(1)).toHaveText(/^Clocks agree: doneyours is/);
    expect(await verify(server, token)).toBe("PROVISIONING");
    // What is over folds away.
    const over = page.locator("details").filter({ has: page.getByText("Provisioning", { exact: true }) });
    await expect(over).toBeVisible({ timeout: 45_000 });
    await expect(over.getByRole("listitem")).toHaveCount(0);
    await over.locator("summary").click();
    await expect(over.getByRole("listitem").last()).toHaveText(/^Active: doneafter/);
    await expect.poll(() => verify(server, token)).toBe("VALID");
  });
});
