import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, createKey, dialogs, listKeys, nameField, row, saveAndClose, submitKey } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ context, open }) => {
  await arriveLoggedIn(context);
  await open("/keys/new");
});

for (const [what, typed, why] of [
  ["an empty name", "", "Give the key a name."],
  ["a name of blanks", "   ", "Give the key a name."],
  ["a name of 10,000 characters", "x".repeat(10_000), "A name has at most 100 characters; this one has 10000."],
] as const) {
  test(`${what} is refused and stays in the form`, async ({ page, server }) => {
    const create = dialogs.create(page);
    await nameField(create).fill(typed);
    await create.getByRole("checkbox", { name: "Image", exact: true }).check();
    await submitKey(page);
    await expect(nameField(create)).toHaveAccessibleDescription(why);
    await expect(nameField(create)).toBeFocused();
    await expect(nameField(create)).toHaveValue(typed);
    await expect(create.getByRole("checkbox", { name: "Image", exact: true })).toBeChecked();
    expect(listKeys(server)).toEqual([]);
  });
}

for (const name of ["Laden 🛒 für Ñandú 日本", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "100 % & more"]) {
  test(`the name ${name} is accepted and shown as text`, async ({ page }) => {
    page.on("dialog", (dialog) => Promise.reject(new Error(`a script ran: ${dialog.message()}`)));
    await createKey(page, name);
    await expect(dialogs.save(page)).toContainText(name);
    await saveAndClose(page);
    await row(page, name).getByRole("link", { name: `Delete ${name}`, exact: true }).click();
    await expect(dialogs.delete(page)).toContainText(name);
    await page.reload();
    await expect(dialogs.delete(page)).toContainText(name);
  });
}

test("“Only these” needs a ticked box", async ({ page, server }) => {
  const create = dialogs.create(page);
  await nameField(create).fill("Shop");
  await create.getByRole("radio", { name: "Only these", exact: true }).check();
  await submitKey(page);
  const group = create.getByRole("group", { name: "Endpoints", exact: true });
  await expect(group).toHaveAccessibleDescription("Tick at least one endpoint, or choose All endpoints.");
  await expect(group.getByRole("radio", { name: "Only these", exact: true })).toBeFocused();
  await expect(nameField(create)).toHaveValue("Shop");
  expect(listKeys(server)).toEqual([]);
});

test("ticking a box chooses “Only these”, and “All endpoints” unticks the box", async ({ page }) => {
  const create = dialogs.create(page);
  const chat = create.getByRole("checkbox", { name: "Chat", exact: true });
  await chat.check();
  await expect(create.getByRole("radio", { name: "Only these", exact: true })).toBeChecked();
  await create.getByRole("radio", { name: "All endpoints", exact: true }).check();
  await expect(chat).not.toBeChecked();
});

test("a day that has passed is refused", async ({ page, server }) => {
  const create = dialogs.create(page);
  const day = create.getByLabel("Last day", { exact: true });
  await expect(day).toBeHidden();
  await create.getByRole("combobox", { name: "Expires", exact: true }).selectOption("On a date");
  await day.fill("2020-02-29");
  await submitKey(page);
  await expect(day).toHaveAccessibleDescription("That day has passed. Choose a later one.");
  await expect(day).toHaveValue("2020-02-29");
  await expect(create.getByRole("combobox", { name: "Expires", exact: true })).toHaveValue("date");
  expect(listKeys(server)).toEqual([]);
});

test("a mistake can be corrected in the same form", async ({ page, server }) => {
  await nameField(dialogs.create(page)).fill("");
  await submitKey(page);
  await expect(nameField(dialogs.create(page))).toHaveAttribute("aria-invalid", "true");
  await createKey(page, "Shop");
  expect(listKeys(server).map((key) => key.name)).toEqual(["Shop"]);
});

test("a double click creates only one key", async ({ page, server }) => {
  await dialogs.create(page).getByRole("button", { name: "Create API Key", exact: true }).dblclick();
  await expect(dialogs.save(page)).toBeVisible();
  await expect(dialogs.save(page).getByRole("alert")).toBeHidden();
  expect(listKeys(server)).toHaveLength(1);
});
