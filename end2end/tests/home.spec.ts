import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, mintKey, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

test("Home counts requests and links to the keys that need attention", async ({ page, open, server }) => {
  mintKey(server, "Ending", "--expires", "5d");
  const wide = mintKey(server, "Wide");
  const narrow = mintKey(server, "Narrow", "--endpoint", "chat");
  for (const token of [wide, narrow]) expect(await verify(server, token, "chat")).toBe("VALID");
  expect(await verify(server, narrow, "image")).toBe("FORBIDDEN");
  await open("/");
  const requests = page.getByRole("region", { name: "Requests in the last 24 h", exact: true });
  await expect(requests).toContainText("2 allowed, 1 refused.");
  const watch = page.getByRole("region", { name: "Needs attention", exact: true });
  await expect(watch.getByRole("link")).toHaveText([
    "Expire within 14 days1 keys", "Unused for 30 days0 keys", "Not rotated for 90 days0 keys", "Unused permissions1 keys",
  ]);
  await watch.getByRole("link", { name: /^Expire within 14 days/ }).click();
  await expect(row(page, "Ending")).toBeVisible();
  await expect(page.getByRole("main").getByRole("status").filter({ hasText: "key" })).toHaveText("1 key");
  await page.goBack();
  await watch.getByRole("link", { name: /^Unused permissions/ }).click();
  await expect(row(page, "Wide")).toBeVisible();
  await expect(row(page, "Narrow")).toBeHidden();
  await page.getByRole("main").getByRole("link", { name: /show all keys$/ }).click();
  await expect(row(page, "Narrow")).toBeVisible();
});

test("uses are shown in the table and on the key's screen, and survive a restart", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop");
  for (let count = 0; count < 3; count++) expect(await verify(server, token)).toBe("VALID");
  await server.stop();
  await server.start();
  await open("/keys");
  await expect(row(page, "Shop").getByRole("cell", { name: "just now 3 requests in 24 h", exact: true })).toBeVisible();
  await row(page, "Shop").getByRole("link", { name: "Shop", exact: true }).click();
  await expect(page.getByRole("region", { name: "Key", exact: true })).toContainText("3 requests");
  await expect(page.getByRole("region", { name: "Key", exact: true })).toContainText("just now from 127.0.0.1");
  await expect(page.getByRole("region", { name: "Endpoints", exact: true }).getByRole("listitem").first()).toContainText("3 in 30 days");
});

test("the list is sorted by its columns", async ({ page, open, server }) => {
  mintKey(server, "Beta");
  const used = mintKey(server, "Alpha", "--expires", "30d");
  mintKey(server, "Gamma", "--expires", "5d");
  expect(await verify(server, used)).toBe("VALID");
  await open("/");
  await open("/keys");
  const names = () => page.locator("tbody .cell-name a").allTextContents();
  const sort = (name: string) => page.getByRole("columnheader", { name, exact: true }).getByRole("link").click();
  await expect.poll(names).toEqual(["Gamma", "Alpha", "Beta"]);
  await sort("Name");
  await expect.poll(names).toEqual(["Alpha", "Beta", "Gamma"]);
  await expect(page.getByRole("columnheader", { name: "Name", exact: true })).toHaveAttribute("aria-sort", "ascending");
  await sort("Name");
  await expect.poll(names).toEqual(["Gamma", "Beta", "Alpha"]);
  await sort("Status");
  await expect.poll(names).toEqual(["Gamma", "Alpha", "Beta"]);
  await sort("Last Used");
  await expect.poll(async () => (await names())[0]).toBe("Alpha");
});
