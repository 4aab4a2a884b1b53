import { expect, interactive, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, dialogs, keyNamed, mintKey, row, saveAndClose, shownToken, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ context }) => {
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
});

test("the old and the new token both work, the screen shows which was used, and the old one is ended early", async ({ page, open, server }) => {
  const old = mintKey(server, "Shop");
  const { id } = keyNamed(server, "Shop");
  await open(`/keys/${id}`);
  await page.getByRole("link", { name: "Rotate Shop", exact: true }).click();
  await dialogs.rotate(page).getByRole("radio", { name: "In 7 days", exact: true }).check();
  await dialogs.rotate(page).getByRole("button", { name: "Rotate API Key", exact: true }).click();
  const token = await shownToken(page);
  await expect(dialogs.save(page)).toContainText("The old token works until");
  await expect(dialogs.save(page).getByRole("status").getByRole("listitem").last()).toHaveText(/^Active/);
  await saveAndClose(page);
  await expect(page).toHaveURL(`/keys/${id}`);
  expect(keyNamed(server, "Shop")).toMatchObject({ id, status: "active", masked: `sk_live_…${token.slice(-4)}` });

  const tokens = page.getByRole("region", { name: "Old and new token", exact: true });
  await expect(tokens).toContainText("Neither the new token nor an old one was used since the rotation.");
  expect(await verify(server, token)).toBe("VALID");
  // The times of use are in milliseconds. Two uses in one millisecond would have no order.
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await verify(server, old)).toBe("VALID");
  await page.reload();
  await interactive(page);
  await expect(tokens).toContainText("Some service still uses an old token. Used last: an old token.");

  await tokens.getByRole("button", { name: `End now sk_live_…${old.slice(-4)}`, exact: true }).click();
  await expect(tokens).toBeHidden();
  expect(await verify(server, old)).toBe("NOT_FOUND");
  expect(await verify(server, token)).toBe("VALID");
});

test("with the grace “Now”, the old token is refused at once", async ({ page, open, server }) => {
  const old = mintKey(server, "Shop");
  await open("/keys");
  await row(page, "Shop").getByRole("link", { name: "Rotate Shop", exact: true }).click();
  await dialogs.rotate(page).getByRole("radio", { name: "Now", exact: true }).check();
  await dialogs.rotate(page).getByRole("button", { name: "Rotate API Key", exact: true }).click();
  const token = await shownToken(page);
  expect([await verify(server, old), await verify(server, token)]).toEqual(["NOT_FOUND", "VALID"]);
  await expect(dialogs.save(page)).toContainText("The old token is refused from now on.");
});

test("a wrong clock prevents a rotation", async ({ page, open, server }) => {
  const old = mintKey(server, "Shop");
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 3_600_000;
  });
  await open(`/keys/${keyNamed(server, "Shop").id}/rotate`);
  await dialogs.rotate(page).getByRole("button", { name: "Rotate API Key", exact: true }).click();
  await expect(dialogs.rotate(page).getByRole("alert")).toContainText(
    /Your clock is (1 h 0 min|59 min 5\d s) ahead of the server's\. This computer: .*\d\d:\d\d:\d\d UTC\. Server: .*\d\d:\d\d:\d\d UTC\. Set right the one that is wrong: nothing was changed\./,
  );
  expect(await verify(server, old)).toBe("VALID");
  expect(keyNamed(server, "Shop").masked).toBe(`sk_live_…${old.slice(-4)}`);
});
