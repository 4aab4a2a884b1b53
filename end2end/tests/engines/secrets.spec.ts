import { mintKey } from "../journeys.ts";
import { until } from "./engine.ts";
import { ENGINES, expect, test } from "./fixture.ts";
import type { Screen } from "./screen.ts";
import { logIn, logOut, paste } from "./steps.ts";

/** Reveals the key of the environment `default` in the settings. */
async function reveal(screen: Screen): Promise<string> {
  await screen.open("/settings");
  await screen.get("button", "Reveal API key for default").click();
  await screen.get("button", "Hide API key for default").appears();
  const [token] = /sk_live_[0-9A-Za-z]{36}/.exec(await screen.having("row", "default").read()) ?? [];
  if (!token) throw new Error("the row shows no token");
  return token;
}

/** The number of rows of the audit log that have this text. */
async function noted(screen: Screen, what: string): Promise<number> {
  await screen.open("/audit");
  await screen.having("row", "logged in").appears();
  return screen.having("row", what).count();
}

/** Presses Back, and watches the page for a while. */
async function expectGoneAfterBack(screen: Screen, secret: string): Promise<void> {
  const end = Date.now() + 3000;
  await screen.back();
  while (Date.now() < end) {
    // A page that is being replaced does not answer.
    const shown = await screen.everything().catch(() => "");
    expect(shown.includes(secret), "the secret is on the page").toBe(false);
  }
}

for (const engineName of ENGINES) {
  test.describe(engineName, () => {
    test.use({ engineName });

    test("an environment key is copied without being shown, and the copy is recorded", async ({ secure: screen, server }) => {
      mintKey(server, "Shop");
      await logIn(screen);
      const token = await reveal(screen);
      await screen.get("button", "Hide API key for default").click();
      expect(await noted(screen, "copied the key of the environment")).toBe(0);
      await screen.open("/settings");
      await screen.get("button", "Copy API key for default").click();
      await screen.having("status", "Copied").appears();
      expect(await noted(screen, "copied the key of the environment")).toBe(1);
      expect(await noted(screen, "revealed the key of the environment")).toBe(2);
      await screen.open("/keys");
      expect(await paste(screen, screen.get("field", "Search keys"))).toBe(token);
    });

    test("on plain http an environment key is copied by the second click at the latest, and the copy is recorded once", async ({ plain: screen, server }) => {
      mintKey(server, "Shop");
      await logIn(screen);
      const token = await reveal(screen);
      await screen.get("button", "Hide API key for default").click();
      const copy = screen.get("button", "Copy API key for default");
      await copy.click();
      // Copying may work or not, but the page must not claim to have copied if it has not.
      const copied = screen.having("status", "Copied");
      const again = screen.having("status", "Press Copy again");
      await until(async () => (await copied.count()) + (await again.count()) > 0 || null, "the page says what became of it");
      if ((await copied.count()) === 0) {
        expect(await noted(screen, "copied the key of the environment")).toBe(0);
        await screen.open("/settings");
        await copy.click();
        await again.appears();
        await copy.click();
        await copied.appears();
      }
      expect(await noted(screen, "copied the key of the environment")).toBe(1);
      await screen.open("/keys");
      expect(await paste(screen, screen.get("field", "Search keys"))).toBe(token);
    });

    test("after logging out, Back does not show a revealed key", async ({ plain: screen }) => {
      await logIn(screen);
      const token = await reveal(screen);
      await logOut(screen);
      await expectGoneAfterBack(screen, token);
      await screen.isAt("/login");
      await screen.interactive();
    });

    test("Back does not show a new token again", async ({ plain: screen }) => {
      await logIn(screen);
      await screen.open("/keys/new");
      const create = screen.get("dialog", "Create API Key");
      await create.get("button", "Create API Key").click();
      const save = screen.get("dialog", "Save your API key");
      const token = await save.get("field", "API key").read();
      await save.get("button", "Copy API key").click();
      await screen.open("/profiles");
      await expectGoneAfterBack(screen, token);
      await screen.interactive();
    });
  });
}
