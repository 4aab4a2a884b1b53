import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, createKey, dialogs, keyNamed, mintKey, nameField, showLimits } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const opener = (page: Page) => page.getByRole("link", { name: "Create API Key", exact: true });

for (const [way, leave] of [
  ["Esc", (page: Page) => page.keyboard.press("Escape")],
  ["Cancel", (page: Page) => dialogs.create(page).getByRole("link", { name: "Cancel", exact: true }).click()],
] as const) {
  test(`${way} closes the dialog and returns the focus to the link that opened it`, async ({ page, open }) => {
    await open("/keys");
    await opener(page).press("Enter");
    await expect(page).toHaveURL("/keys/new");
    await expect(dialogs.create(page)).toBeVisible();
    await leave(page);
    await expect(dialogs.create(page)).toBeHidden();
    await expect(page).toHaveURL("/keys");
    await expect(opener(page)).toBeFocused();
  });

  test(`${way} closes a dialog that was opened by its URL`, async ({ page, open }) => {
    await open("/keys/new");
    await expect(nameField(dialogs.create(page))).toBeFocused();
    await leave(page);
    await expect(dialogs.create(page)).toBeHidden();
    await expect(page).toHaveURL("/keys");
  });
}

test("the name has the focus when the dialog opens", async ({ page, open }) => {
  await open("/keys");
  await opener(page).press("Enter");
  await expect(nameField(dialogs.create(page))).toBeFocused();
});

test("the browser's back closes the dialog and forward opens it again", async ({ page, open }) => {
  await open("/keys");
  await opener(page).press("Enter");
  await expect(dialogs.create(page)).toBeVisible();
  await page.goBack();
  await expect(dialogs.create(page)).toBeHidden();
  await expect(page).toHaveURL("/keys");
  await expect(opener(page)).toBeFocused();
  await page.goForward();
  await expect(dialogs.create(page)).toBeVisible();
});

test("a dialog keeps the list's search", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open("/keys?search=sho");
  await opener(page).click();
  await expect(page).toHaveURL("/keys/new?search=sho");
  await expect(dialogs.create(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialogs.create(page)).toBeHidden();
  await expect(page).toHaveURL("/keys?search=sho");
});

test("a key created in a dialog that was opened by its URL is in the list", async ({ page, open, server }) => {
  await open("/keys/new");
  await createKey(page, "Shop");
  await expect(page).toHaveURL("/keys");
  expect(keyNamed(server, "Shop").environment).toBe("default");
});

test("the question before deleting a key has its own URL", async ({ page, open, server }) => {
  mintKey(server, "Shop");
  await open(`/keys/${keyNamed(server, "Shop").id}/delete`);
  await expect(dialogs.delete(page)).toContainText("Shop");
  await dialogs.delete(page).getByRole("link", { name: "Cancel", exact: true }).click();
  await expect(dialogs.delete(page)).toBeHidden();
  await expect(page).toHaveURL("/keys");
});

for (const id of ["key_0123456789", "nonsense"]) {
  test(`the dialog says that the key ${id} does not exist`, async ({ page, open, allowConsole }) => {
    allowConsole(/status of 404/);
    await open(`/keys/${id}/delete`);
    await expect(dialogs.delete(page).getByRole("alert")).toContainText("It may have been deleted.");
    await expect(dialogs.delete(page).getByRole("button", { name: "Delete", exact: true })).toHaveCount(0);
    await dialogs.delete(page).getByRole("link", { name: "Cancel", exact: true }).click();
    await expect(page).toHaveURL("/keys");
  });
}

test("the page scrolls to a field with an error and its label", async ({ page, open }) => {
  await page.setViewportSize({ width: 1280, height: 480 });
  await open("/keys/new");
  const create = dialogs.create(page);
  const submit = create.getByRole("button", { name: "Create API Key", exact: true });
  const inSight = async (label: string) => {
    const [head, words] = [await create.locator(".dialog__head").boundingBox(), await create.getByText(label, { exact: true }).boundingBox()];
    expect(words?.y ?? 0, label).toBeGreaterThanOrEqual((head?.y ?? 0) + (head?.height ?? 0));
  };
  await showLimits(page);
  for (const [label, wrong, right] of [["Name", "", "Shop"], ["Allowed addresses", "nowhere", ""]] as const) {
    const field = create.getByRole("textbox", { name: label, exact: true });
    await field.fill(wrong);
    // The form is first scrolled to its other end.
    await create.locator(".dialog__body").evaluate((body, up) => body.scrollTo(0, up ? 0 : body.scrollHeight), label !== "Name");
    await submit.click();
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toBeFocused();
    await inSight(label);
    await field.fill(right);
  }
});

test("every method and path of an endpoint is shown where a key is created and on its screen", async ({ page, open, server }) => {
  mintKey(server, "Shop", "--endpoint", "image");
  await open("/keys/new");
  const lines = ["GET, POST /api/v1/img", "GET, POST /api/v1/img/{*rest}"];
  const image = dialogs.create(page).getByRole("checkbox", { name: "Image", exact: true });
  await expect(image).toHaveAccessibleDescription(lines.join(" "));
  for (const line of lines) await expect(dialogs.create(page).getByText(line, { exact: true })).toBeVisible();
  await open(`/keys/${keyNamed(server, "Shop").id}`);
  for (const line of lines) await expect(page.getByRole("region", { name: "Endpoints", exact: true }).getByText(line, { exact: true })).toBeVisible();
});
