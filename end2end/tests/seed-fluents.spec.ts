// The second seed, "Where to find your API key", step by step as a new user would, without a reload.

import { expect, test } from "./fixture.ts";
import { LIVE_TOKEN, WITH_OWNER, arriveLoggedIn, authorize, mintKey, row } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("the key of an environment is found, revealed, copied and used", async ({ page, open, server, context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  mintKey(server, "Shop");
  await open("/");
  const copied = () => page.evaluate(() => navigator.clipboard.readText());

  await test.step("1. in the left-hand sidebar, click Settings", async () => {
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Settings", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Settings", exact: true })).toBeVisible();
  });

  const table = page.getByRole("table", { name: "Environments", exact: true });
  const environment = table.getByRole("row").filter({ hasText: "default" });
  await test.step("2. at the top, in the Environments section, find the row of the environment", async () => {
    await expect(page.getByRole("heading", { level: 2 }).first()).toHaveText("Environments");
    await expect(environment).toHaveCount(1);
    await expect(environment).toContainText(/env_[0-9A-Za-z]{10}/);
    await expect(environment).toContainText("live");
    await expect(environment).toContainText("Shown");
    await expect(environment).not.toContainText(LIVE_ANYWHERE);
  });

  let token = "";
  await test.step("3. the eye reveals the key", async () => {
    await environment.getByRole("button", { name: "Reveal API key for default", exact: true }).click();
    await expect(environment).toContainText(LIVE_ANYWHERE);
    token = LIVE_ANYWHERE.exec((await environment.textContent()) ?? "")?.[0] ?? "";
    expect(token).toMatch(LIVE_TOKEN);
  });
  await test.step("the copy icon copies it", async () => {
    await environment.getByRole("button", { name: "Copy API key for default", exact: true }).click();
    await expect.poll(copied).toBe(token);
  });
  await test.step("the key is sent as a bearer token and may call every endpoint", async () => {
    for (const [method, path] of [["POST", "/api/v1/chat/completions"], ["GET", "/api/v1/img"], ["POST", "/api/bias/check-bias"]] as const) {
      const answer = await authorize(server, token, method, path);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("x-latchkey-environment")).toBe("default");
    }
  });

  const staging = table.getByRole("row").filter({ hasText: "staging" });
  await test.step("another environment has another key", async () => {
    await page.getByRole("link", { name: "Create Environment", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Create Environment", exact: true });
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("staging");
    const kind = dialog.getByRole("combobox", { name: "Kind", exact: true });
    await expect(kind.getByRole("option")).toHaveText(["live", "test"]);
    await kind.selectOption("test");
    await dialog.getByRole("button", { name: "Create Environment", exact: true }).click();
    await expect(dialog).toBeHidden();
    // The key is copied without being shown.
    await staging.getByRole("button", { name: "Copy API key for staging", exact: true }).click();
    await expect.poll(copied).toMatch(/^sk_test_[0-9A-Za-z]{36}$/);
    await expect(staging).not.toContainText(/sk_test_[0-9A-Za-z]{36}/);
    const answer = await authorize(server, await copied(), "GET", "/api/v1/img");
    expect(answer.headers.get("x-latchkey-environment")).toBe("staging");
  });

  await test.step("the selector at the top shows the present environment", async () => {
    server.run(["key", "create", "--environment", "staging", "--name", "Trial"]);
    const selector = page.getByRole("banner").getByRole("combobox", { name: "Environment", exact: true });
    await expect(selector.getByRole("option")).toHaveText(["All environments", "default", "staging"]);
    await selector.selectOption("staging");
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "API Keys", exact: true }).click();
    await expect(row(page, "Trial")).toBeVisible();
    await expect(row(page, "Shop")).toHaveCount(0);
    await expect(selector).toHaveValue("staging");
  });
});

const LIVE_ANYWHERE = /sk_live_[0-9A-Za-z]{36}/;
