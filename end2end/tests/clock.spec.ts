import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, createKey, dialog, dialogs, nameField, row, submitKey, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("a key created with a wrong clock fails, says why, and never works", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  await page.clock.setFixedTime(Date.now() + 5 * 60_000);
  await open("/keys/new");
  const answer = page.waitForResponse((it) => it.request().method() === "POST" && new URL(it.url()).pathname === "/keys/new");
  await nameField(dialogs.create(page)).fill("Shop");
  await submitKey(page);
  const { Done: { Created: { token } } } = (await (await answer).json()) as { Done: { Created: { token: string } } };
  const failed = dialog(page, "This API key failed");
  await expect(failed).toContainText(
    /Your clock is \d min \d+ s ahead of the server's\. This computer: .*\d\d:\d\d:\d\d UTC\. Server: .*\d\d:\d\d:\d\d UTC\. Set right the one that is wrong, and create a new key\./,
  );
  // The stored key comes into force a moment later.
  await expect.poll(() => verify(server, token)).toBe("FAILED");
  // The dialog has nothing to copy, and it offers a new key.
  await expect(failed.getByRole("textbox")).toHaveCount(0);
  await expect(dialogs.save(page)).toHaveCount(0);
  const again = failed.getByRole("link", { name: "Create API Key", exact: true });
  await expect(again).toBeFocused();
  await again.press("Enter");
  await expect(dialogs.create(page)).toBeVisible();
  await expect(failed).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(row(page, "Shop").getByRole("cell", { name: "Failed", exact: true })).toBeVisible();
  await expect(row(page, "Shop").getByRole("button", { name: /^(?!Copy key_)/ })).toHaveCount(0);
});

test("a clock within the tolerance does not prevent a key", async ({ page, context, open, server }) => {
  await arriveLoggedIn(context);
  // The clock goes on. A fixed one would fall out of the tolerance on a slow machine.
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() - 30_000;
  });
  await open("/keys/new");
  const token = await createKey(page, "Shop");
  await expect.poll(() => verify(server, token)).toBe("VALID");
});

test.describe("far from UTC", () => {
  test.use({ timezoneId: "Asia/Kathmandu" });

  test("the form shows both clocks in the person's time zone", async ({ page, context, open }) => {
    await arriveLoggedIn(context);
    // The clock is 59 minutes ahead, at an hour at which both times are on one day.
    const now = Date.now();
    await page.clock.setFixedTime(now + 59 * 60_000);
    await open("/keys/new");
    const warning = dialogs.create(page).getByRole("alert");
    await expect(warning).toContainText(/Your computer's clock is 5[89] min \d+ s ahead of the server's\./);
    const time = (at: number) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Kathmandu", hour: "2-digit", minute: "2-digit" }).format(at);
    await expect(warning).toContainText(new RegExp(`This computer: .*${time(now + 59 * 60_000)}:\\d\\d\\. Server: .*\\d\\d:\\d\\d:\\d\\d\\. A key made now`));
    const text = await warning.innerText();
    const server = /Server: (?:.*, )?(\d\d:\d\d):\d\d/.exec(text)?.[1];
    expect([time(now), time(now + 60_000)]).toContain(server);
  });
});
