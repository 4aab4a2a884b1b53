import { LIVE_TOKEN, keyNamed, mintKey, verify } from "../journeys.ts";
import { ENGINES, expect, test } from "./fixture.ts";
import type { Screen } from "./screen.ts";
import { logIn, logOut, paste } from "./steps.ts";

/** Reads and copies the token in the dialog Save your API key, and closes the dialog. */
async function keepToken(screen: Screen): Promise<string> {
  const save = screen.get("dialog", "Save your API key");
  const token = await save.get("field", "API key").read();
  expect(token).toMatch(LIVE_TOKEN);
  await save.get("button", "Copy API key").click();
  await save.having("status", "Copied").appears();
  await save.having("status", "Active").appears();
  await save.get("button", "Done").click();
  // If the token had not been copied, the dialog would ask first.
  await save.disappears();
  return token;
}

for (const engineName of ENGINES) {
  test.describe(engineName, () => {
    test.use({ engineName });

    test("the essential path works", async ({ secure: screen, server }) => {
      mintKey(server, "Billing");
      await logIn(screen);
      await screen.get("navigation", "Main").get("link", "API Keys").click();
      await screen.get("heading", "API Keys").appears();
      const search = screen.get("field", "Search keys");

      await screen.get("link", "Create API Key").click();
      const create = screen.get("dialog", "Create API Key");
      await create.get("field", "Name").fill("Shop");
      await create.get("button", "Create API Key").click();
      const first = await keepToken(screen);
      expect(await paste(screen, search)).toBe(first);
      expect(await verify(server, first)).toBe("VALID");

      await search.fill("sho");
      await screen.press("Enter");
      await screen.having("row", "Billing").disappears();
      const row = screen.having("row", "Shop");
      await row.appears();

      await row.get("link", "Edit Shop").click();
      const edit = screen.get("dialog", "Edit API Key");
      await edit.get("field", "Name").fill("Shop 2");
      await edit.get("button", "Save changes").click();
      await edit.disappears();

      await row.get("button", "Disable Shop 2").click();
      await row.get("button", "Enable Shop 2").appears();
      expect(await verify(server, first)).toBe("INACTIVE");
      await row.get("button", "Enable Shop 2").click();
      await row.get("button", "Disable Shop 2").appears();

      await row.get("link", "Rotate Shop 2").click();
      await screen.get("dialog", "Rotate API Key").get("button", "Rotate API Key").click();
      const second = await keepToken(screen);
      expect(keyNamed(server, "Shop 2").masked).toBe(`sk_live_…${second.slice(-4)}`);
      expect([await verify(server, first), await verify(server, second)]).toEqual(["VALID", "VALID"]);

      await row.get("link", "Delete Shop 2").click();
      await screen.get("alertdialog", "Delete API Key").get("button", "Delete").click();
      await row.disappears();
      expect(await verify(server, second)).toBe("NOT_FOUND");

      await logOut(screen);
    });
  });
}
