import { expect, test } from "./fixture.ts";
import { WITH_OWNER, anotherPerson, arriveLoggedIn, dialogs, keyNamed, mintKey, nameField, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

test("a key is edited in place, and its endpoints are visibly locked", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--endpoint", "chat");
  await open("/keys");
  const opener = row(page, "Shop").getByRole("link", { name: "Edit Shop", exact: true });
  await opener.press("Enter");
  const edit = dialogs.edit(page);
  await expect(edit.getByRole("group", { name: "Endpoints", exact: true })).toContainText("Endpoints cannot be changed.");
  await expect(edit.getByRole("checkbox")).toHaveCount(0);
  await expect(nameField(edit)).toHaveValue("Shop");
  await nameField(edit).fill("Shop, checkout");
  await edit.getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(edit).toBeHidden();
  await expect(row(page, "Shop, checkout")).toBeVisible();
  await expect(page.getByRole("link", { name: "Edit Shop, checkout", exact: true })).toBeFocused();
});

test("mistakes are shown in the form, and the typed text stays", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open(`/keys/${keyNamed(server, "Shop").id}/edit`);
  const edit = dialogs.edit(page);
  await nameField(edit).fill("");
  await edit.getByRole("combobox", { name: "Expires", exact: true }).selectOption("On a date");
  await edit.getByLabel("Last day", { exact: true }).fill("2020-02-29");
  await edit.getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(nameField(edit)).toHaveAccessibleDescription("Give the key a name.");
  await expect(edit.getByLabel("Last day", { exact: true })).toHaveAccessibleDescription("That day has passed. Choose a later one.");
  await expect(edit.getByLabel("Last day", { exact: true })).toHaveValue("2020-02-29");
  expect(keyNamed(server, "Shop").status).toBe("active");
});

test("two people edit one key: the second sees what changed, and the typed text stays", async ({ page, open, server, browser, watch }) => {
  const token = mintKey(server, "Shop");
  const other = await anotherPerson({ browser, server, watch }, "admin");
  const address = `/keys/${keyNamed(server, "Shop").id}/edit`;
  await open(address);
  await other.goto(address);
  await expect(other.locator("html")).toHaveAttribute("data-hydrated", "");

  await nameField(dialogs.edit(other)).fill("Their shop");
  await dialogs.edit(other).getByRole("combobox", { name: "Status", exact: true }).selectOption("Inactive");
  await dialogs.edit(other).getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(dialogs.edit(other)).toBeHidden();
  expect(await verify(server, token)).toBe("INACTIVE");

  const edit = dialogs.edit(page);
  await nameField(edit).fill("My shop");
  await edit.getByRole("button", { name: "Save changes", exact: true }).click();
  const told = edit.getByRole("alert");
  await expect(told).toContainText("admin changed this key meanwhile.");
  await expect(told).toContainText("The name is now “Their shop” (it was “Shop”).");
  await expect(told).toContainText("The status is now Inactive.");
  await expect(nameField(edit)).toHaveValue("My shop");
  await expect(edit.getByRole("combobox", { name: "Status", exact: true })).toHaveValue("inactive");
  expect(keyNamed(server, "Their shop").status).toBe("inactive");

  await edit.getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(edit).toBeHidden();
  expect(keyNamed(server, "My shop").status).toBe("inactive");
});

test.describe("west of Greenwich", () => {
  test.use({ timezoneId: "America/Los_Angeles" });

  test("a key works until the end of the day in the person's time zone", async ({ page, open, server }) => {
    const token = mintKey(server, "Shop");
    await open(`/keys/${keyNamed(server, "Shop").id}/edit`);
    const edit = dialogs.edit(page);
    await edit.getByRole("combobox", { name: "Expires", exact: true }).selectOption("On a date");
    // The chosen day is in summer time, whenever the test runs.
    const year = new Date().getUTCFullYear() + 1;
    await edit.getByLabel("Last day", { exact: true }).fill(`${year}-07-20`);
    await edit.getByRole("button", { name: "Save changes", exact: true }).click();
    await expect(edit).toBeHidden();
    const answer = await fetch(`${server.url}/v1/keys/verify`, { method: "POST", body: JSON.stringify({ key: token, endpoint: "chat" }) });
    expect(await answer.json()).toMatchObject({ expiresAt: `${year}-07-21T06:59:59Z` });
    await expect(row(page, "Shop").getByRole("cell", { name: `Active until 20 Jul ${year}`, exact: true })).toBeVisible();
  });
});

test("an end date can be changed until it has passed", async ({ page, open, server, allowConsole }) => {
  allowConsole(/status of 409/);
  const token = mintKey(server, "Shop", "--expires", "15s");
  const id = keyNamed(server, "Shop").id;
  await open(`/keys/${id}/edit`);
  const edit = dialogs.edit(page);
  await expect(edit.getByRole("combobox", { name: "Expires", exact: true })).toHaveValue("keep");
  await expect.poll(() => verify(server, token), { timeout: 30_000 }).toBe("EXPIRED");
  await edit.getByRole("combobox", { name: "Expires", exact: true }).selectOption("Never");
  await edit.getByRole("button", { name: "Save changes", exact: true }).click();
  await expect(edit.getByRole("alert")).toHaveText("“Shop” is expired and cannot be edited.");
  expect(await verify(server, token)).toBe("EXPIRED");
});

test("a viewer sees no way to edit, and is refused at the URL of the form", async ({ server, browser, watch, allowConsole }) => {
  allowConsole(/status of 403/);
  mintKey(server, "Shop");
  const page = await anotherPerson({ browser, server, watch }, "viewer");
  await page.goto("/keys");
  await expect(row(page, "Shop").getByRole("cell").last().getByRole("link")).toHaveCount(0);
  await expect(page.getByRole("checkbox", { name: "Select Shop", exact: true })).toHaveCount(0);
  await page.goto(`/keys/${keyNamed(server, "Shop").id}/edit`);
  await expect(dialogs.edit(page).getByRole("alert")).toHaveText("Viewers can't change keys. Ask an admin.");
});
