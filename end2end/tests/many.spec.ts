// Doing the same to many keys at once.

import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, listKeys, mintKey, row } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

test("selected keys are disabled, each with an event of its own", async ({ page, open, server }) => {
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
  await expect(page.getByRole("table", { name: "History", exact: true }).getByRole("row").nth(1)).toContainText("Disabled");
});

test("all that match are deleted, with progress, and it can be stopped half-way", async ({ page, open, server }) => {
  mintKey(server, "Batch", "--count", "150", "--output", `${server.dataDir}/tokens`);
  mintKey(server, "Shop");
  await open("/keys?search=batch");
  await row(page, "Batch").first().getByRole("checkbox").check();
  const bar = page.getByRole("region", { name: "Selected keys", exact: true });
  await bar.getByRole("button", { name: "Select page", exact: true }).click();
  await expect(bar).toContainText("50 selected");
  await bar.getByRole("button", { name: "Select all 150", exact: true }).click();
  await expect(bar).toContainText("150 selected");
  await bar.getByRole("button", { name: "Delete selected", exact: true }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete 150 API keys", exact: true });
  await dialog.getByRole("button", { name: "Delete 150 API keys", exact: true }).click();
  await expect(dialog.getByRole("status")).toHaveText(/^(25|50|75|100) of 150$/);
  await dialog.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(dialog.getByRole("status")).toHaveText(/^Stopped after \d+ of 150\.$/);
  await dialog.getByRole("button", { name: "Close", exact: true }).click();
  const left = Number(/\d+/.exec((await bar.textContent()) ?? "")?.[0]);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(150);
  // What was under way when it was stopped is finished, then nothing more.
  await expect.poll(() => listKeys(server).filter((key) => key.name === "Batch").length).toBe(left);
  await bar.getByRole("button", { name: "Delete selected", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: `Delete ${left} API keys`, exact: true }).click();
  // However slow the machine is: what counts is that it comes to its end.
  await expect(page.getByRole("alertdialog").getByRole("status")).toHaveText(`Done: ${left} of ${left}.`, { timeout: 40_000 });
  expect(listKeys(server).map((key) => key.name)).toEqual(["Shop"]);
});

test("a key that refuses stops no other, and is named", async ({ page, open, server }) => {
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
