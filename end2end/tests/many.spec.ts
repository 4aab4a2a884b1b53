// Bulk changes of keys.

import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, listKeys, mintKey, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

/** Types the number of keys to delete. */
const typeNumber = (dialog: Locator, number: string) => dialog.getByRole("textbox", { name: /^Type \d+ to delete them$/ }).fill(number);

const barOf = (page: Page) => page.getByRole("region", { name: "Selected keys", exact: true });

test("selected keys are disabled, each with its own event", async ({ page, open, server }) => {
  for (const name of ["One", "Two", "Three"]) mintKey(server, name);
  await open("/keys");
  const bar = page.getByRole("region", { name: "Selected keys", exact: true });
  await expect(bar).toBeHidden();
  for (const name of ["One", "Three"]) await row(page, name).getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();
  await expect(bar).toContainText("2 selected");
  await bar.getByRole("button", { name: "Disable selected", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: "Disable 2 API keys", exact: true });
  await expect(dialog.getByRole("button", { name: "Cancel", exact: true })).toBeFocused();
  await dialog.getByRole("button", { name: "Disable 2 API keys", exact: true }).click();
  await expect(dialog.getByRole("status")).toHaveText("Done: 2 of 2.");
  await dialog.getByRole("button", { name: "Close", exact: true }).click();
  await expect(bar).toBeHidden();
  expect(listKeys(server).map((key) => `${key.name} ${key.status}`)).toEqual(["Three inactive", "Two active", "One inactive"]);
  await row(page, "One").getByRole("link", { name: "One", exact: true }).click();
  await page.getByRole("tab", { name: "History", exact: true }).click();
  await expect(page.getByRole("table", { name: "History", exact: true }).getByRole("row").nth(1)).toContainText("Disabled");
});

test("all matching keys are deleted with a progress, and the action can be stopped", async ({ page, open, server }) => {
  test.setTimeout(240_000);
  mintKey(server, "Batch", "--count", "300", "--output", `${server.dataDir}/tokens`);
  mintKey(server, "Shop");
  await open("/keys?search=batch");
  await row(page, "Batch").first().getByRole("checkbox").check();
  const bar = page.getByRole("region", { name: "Selected keys", exact: true });
  await bar.getByRole("button", { name: "Select page", exact: true }).click();
  await expect(bar).toContainText("50 selected");
  await bar.getByRole("button", { name: "Select all 300", exact: true }).click();
  await expect(bar).toContainText("300 selected");
  await bar.getByRole("button", { name: "Delete selected", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete 300 API keys", exact: true });
  await typeNumber(dialog, "300");
  // The second request waits until the person has stopped the action. Otherwise the action could be done before.
  let requests = 0;
  let goOn = () => {};
  const stopped = new Promise<void>((resolve) => (goOn = resolve));
  await page.route("**/api/keys/bulk", async (route) => {
    requests += 1;
    if (requests === 2) await stopped;
    await route.continue();
  });
  await dialog.getByRole("button", { name: "Delete 300 API keys", exact: true }).click();
  await expect(dialog.getByRole("status")).toHaveText("25 of 300");
  await dialog.getByRole("button", { name: "Stop", exact: true }).click();
  goOn();
  await expect(dialog.getByRole("status")).toHaveText("Stopped after 50 of 300.");
  await dialog.getByRole("button", { name: "Close", exact: true }).click();
  const left = 250;
  await expect(bar).toContainText(`${left} selected`);
  // The open request is finished, and no more requests are sent.
  expect(requests).toBe(2);
  expect(listKeys(server).filter((key) => key.name === "Batch")).toHaveLength(left);
  await bar.getByRole("button", { name: "Delete selected", exact: true }).click();
  await typeNumber(page.getByRole("alertdialog"), `${left}`);
  await page.getByRole("alertdialog").getByRole("button", { name: `Delete ${left} API keys`, exact: true }).click();
  // The action has to end, and its time does not matter.
  await expect(page.getByRole("alertdialog").getByRole("status")).toHaveText(`Done: ${left} of ${left}.`, { timeout: 120_000 });
  expect(listKeys(server).map((key) => key.name)).toEqual(["Shop"]);
});

test("a key that cannot be disabled is named and does not stop the others", async ({ page, open, server }) => {
  mintKey(server, "Ended", "--expires", "1s");
  mintKey(server, "Shop");
  await expect.poll(() => listKeys(server).map((key) => key.status)).toEqual(["active", "expired"]);
  await open("/keys");
  for (const name of ["Ended", "Shop"]) await row(page, name).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Disable selected", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: "Disable 2 API keys", exact: true });
  await dialog.getByRole("button", { name: "Disable 2 API keys", exact: true }).click();
  await expect(dialog.getByRole("alert")).toHaveText("“Ended” is expired and cannot be disabled.");
  expect(listKeys(server).map((key) => key.status)).toEqual(["inactive", "expired"]);
});

test("the bar does not move a row under the pointer", async ({ page, open, server }) => {
  mintKey(server, "Batch", "--count", "30", "--output", `${server.dataDir}/tokens`);
  await open("/keys");
  const boxes = page.getByRole("checkbox", { name: "Select Batch", exact: true });
  const places = async () => Promise.all((await boxes.all()).map((box) => box.boundingBox()));
  for (const width of [1280, 360]) {
    // On a phone, two cards of the list are visible above the bar.
    const height = width === 360 ? 1_100 : 800;
    await page.setViewportSize({ width, height });
    for (const end of ["Home", "End"]) {
      await page.keyboard.press(end);
      await expect.poll(() => page.evaluate((end) => (end === "Home" ? scrollY === 0 : scrollY + innerHeight >= document.documentElement.scrollHeight - 1), end)).toBe(true);
      const before = await places();
      // The test clicks at positions, like a pointer. After the second click, the first box must still be ticked.
      const [one, two] = before.filter((box) => box !== null && box.y > 60 && box.y < height - 250).slice(0, 2);
      if (!one || !two) throw new Error("no two boxes are on the screen");
      for (const { x, y } of [one, two]) await page.mouse.click(x + 8, y + 8);
      await expect(barOf(page)).toContainText("2 selected");
      await expect(barOf(page)).toBeInViewport({ ratio: 1 });
      expect(await places()).toEqual(before);
      await barOf(page).getByRole("button", { name: "Clear", exact: true }).click();
      await expect(barOf(page)).toBeHidden();
      expect(await places()).toEqual(before);
    }
  }
  // The last row ends above the bar.
  await boxes.last().check();
  const [last, over] = [await page.getByRole("row").last().boundingBox(), await barOf(page).boundingBox()];
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(over?.y ?? 0);
});

test("the question names the first keys, counts those in use, and above ten asks for the number", async ({ page, open, server }) => {
  for (let number = 1; number <= 12; number++) {
    const token = mintKey(server, `Key ${number}`);
    if (number <= 2) expect(await verify(server, token)).toBe("VALID");
  }
  await open("/keys");
  await page.getByRole("checkbox", { name: "Select Key 1", exact: true }).check();
  await barOf(page).getByRole("button", { name: "Select page", exact: true }).click();
  await barOf(page).getByRole("button", { name: "Delete selected", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete 12 API keys", exact: true });
  await expect(dialog.getByRole("listitem").filter({ hasText: /^(Key|and)/ })).toHaveText(["Key 12", "Key 11", "Key 10", "Key 9", "Key 8", "and 7 more"]);
  await expect(dialog.getByText("2 of them were used in the last 24 hours.", { exact: true })).toBeVisible();
  const strong = dialog.getByRole("button", { name: "Delete 12 API keys", exact: true });
  await expect(strong).toBeDisabled();
  await typeNumber(dialog, "1");
  await expect(strong).toBeDisabled();
  await page.keyboard.press("Enter");
  await expect(dialog.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
  await typeNumber(dialog, "12");
  await expect(strong).toBeEnabled();
  await dialog.getByRole("button", { name: "Cancel", exact: true }).click();

  // For ten keys or fewer, no number must be typed.
  for (const name of ["Key 1", "Key 2"]) await page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).uncheck();
  await barOf(page).getByRole("button", { name: "Delete selected", exact: true }).click();
  const ten = page.getByRole("alertdialog", { name: "Delete 10 API keys", exact: true });
  await expect(ten.getByText("None of them was used in the last 24 hours.", { exact: true })).toBeVisible();
  await expect(ten.getByRole("textbox")).toBeHidden();
  await ten.getByRole("button", { name: "Delete 10 API keys", exact: true }).click();
  await expect(ten.getByRole("status")).toHaveText("Done: 10 of 10.");
  expect(listKeys(server).map((key) => key.name)).toEqual(["Key 2", "Key 1"]);
});

test("each question is drawn anew, so that a translated page asks the right one", async ({ page, open, server }) => {
  for (const name of ["One", "Two"]) mintKey(server, name);
  await open("/keys");
  for (const name of ["One", "Two"]) await page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();
  const ask = (verb: string) => barOf(page).getByRole("button", { name: `${verb} selected`, exact: true }).click();
  await ask("Disable");
  const dialog = page.getByRole("alertdialog");
  await expect(dialog.getByText(/in the last 24 hours/)).toBeVisible();
  // Replaces each text node by another, like a browser that translates the page.
  await dialog.evaluate((dialog) => {
    const texts = document.createTreeWalker(dialog, NodeFilter.SHOW_TEXT);
    const found: Text[] = [];
    while (texts.nextNode()) found.push(texts.currentNode as Text);
    for (const text of found) {
      const font = document.createElement("font");
      font.append(text.data);
      text.replaceWith(font);
    }
  });
  await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
  await ask("Delete");
  await expect(dialog).toHaveAccessibleName("Delete 2 API keys");
  await expect(dialog).not.toContainText("Disable");
  await expect(dialog.getByRole("button")).toHaveText(["Cancel", "Delete 2 API keys"]);
});
