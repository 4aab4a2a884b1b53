import { expect, test } from "./fixture.ts";
import { WITH_OWNER, addPerson, arriveLoggedIn, keyNamed, mintKey, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

test("Home says whether all is well, and links to the keys that need attention", async ({ page, open, server }) => {
  mintKey(server, "Ending", "--expires", "5d");
  const wide = mintKey(server, "Wide");
  const narrow = mintKey(server, "Narrow", "--endpoint", "chat");
  for (const token of [wide, narrow]) expect(await verify(server, token, "chat")).toBe("VALID");
  expect(await verify(server, narrow, "image")).toBe("FORBIDDEN");
  await open("/");
  await expect(page.getByText("All is well. 3 keys answer on 1 node; nothing was refused by mistake. 1 key ends within 14 days.")).toBeVisible();
  const requests = page.getByRole("region", { name: "Requests, last 24 hours", exact: true });
  await expect(requests.getByRole("definition")).toHaveText(["2", "1"]);
  const watch = page.getByRole("region", { name: "Needs attention", exact: true });
  await expect(watch.getByRole("link")).toHaveText([
    "Expire within 14 days 1 key", "Unused permissions 1 key",
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

test("the values of an hour appear on hover, focus and touch", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "chat");
  expect(await verify(server, token, "chat")).toBe("VALID");
  await open("/");
  const hours = page.getByRole("list", { name: "Requests by hour", exact: true }).getByRole("listitem");
  await expect(hours).toHaveCount(24);
  await expect(hours.last()).toContainText(/^\d\d:\d\d–\d\d:\d\d 1 allowed, 0 refused so far$/);
  const values = hours.last().locator(".hour__values");
  await expect(values).not.toHaveCSS("clip-path", "none");
  for (const show of [() => hours.last().hover(), () => hours.last().focus()]) {
    await page.mouse.move(0, 0);
    await show();
    await expect(values).toHaveCSS("clip-path", "none");
  }
});

test("the most refused keys and the last changes lead to the keys", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "chat");
  const { id } = keyNamed(server, "Shop");
  for (let count = 0; count < 2; count++) expect(await verify(server, token, "image")).toBe("FORBIDDEN");
  expect(await verify(server, "sk_live_nonsense", "chat")).toBe("NOT_FOUND");
  await open("/");
  const refused = page.getByRole("region", { name: "Most refused keys", exact: true });
  await expect(refused.getByRole("link")).toHaveText(["Shop Image not granted 2 refused", "Unknown key no such key 1 refused"]);
  const changes = page.getByRole("region", { name: "Last changes", exact: true });
  await expect(changes.getByRole("listitem").first()).toContainText("Latchkey activated Shop");
  await expect(changes.getByRole("link", { name: "Shop", exact: true }).first()).toHaveAttribute("href", `/keys/${id}`);
  await refused.getByRole("link", { name: /^Shop/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Shop");
});

test("the first steps of an empty console tick themselves, and go away when they are done", async ({ page, open, server }) => {
  await open("/");
  const steps = page.getByRole("region", { name: "First steps", exact: true });
  const done = steps.getByRole("heading", { name: /: done$/ });
  await expect(steps.getByRole("heading", { level: 3 })).toHaveCount(5);
  await expect(done).toHaveCount(0);
  const token = mintKey(server, "Shop");
  await expect(done).toHaveText(["Create your first API key: done"]);
  const example = steps.getByRole("region", { name: "Example request", exact: true });
  await expect(example).toContainText(`curl ${server.url}/v1/keys/verify`);
  await expect(steps.getByRole("button", { name: "Copy curl line", exact: true })).toBeVisible();
  expect(await verify(server, token)).toBe("VALID");
  // Nobody loads the page again.
  await expect(done).toHaveText(["Create your first API key: done", "Send a request with it: done", "See it arrive: done"]);
  await expect(example).toBeHidden();
  await expect(page.getByRole("region", { name: "Requests, last 24 hours", exact: true })).toBeVisible();
  addPerson(server, "viewer");
  await open("/");
  await expect(page.getByRole("region", { name: "Most refused keys", exact: true })).toBeVisible();
  await expect(steps).toBeHidden();
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
