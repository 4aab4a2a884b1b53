// Every screen and dialog: the browser says nothing, and axe finds nothing, in both themes.

import { OWNER } from "../journeys.ts";
import type { Server } from "../server.ts";
import { totp } from "../totp.ts";
import { links, walk } from "../walk.ts";
import { fill } from "./data.ts";
import { faults } from "./faults.ts";
import { ENGINES, expect, test } from "./fixture.ts";
import type { Screen } from "./screen.ts";
import { logIn, logOut } from "./steps.ts";

/** WebKit draws without a graphics card, which takes long on a busy machine. */
const LIMIT_MS = 480_000;

/** Checks the present state of the page. A fault does not keep the test from checking the others. */
async function check(screen: Screen, state: string): Promise<void> {
  expect.soft(await faults(screen.tab), state).toEqual([]);
}

/** The page where a person who has forgotten their password chooses another one. */
function resetPath(server: Server): string {
  const { pathname, search } = new URL(server.run(["user", "reset", "--email", "lin.chen@example.com"]).trim());
  return pathname + search;
}

for (const engineName of ENGINES) {
  test.describe(engineName, () => {
    test.use({ engineName });

    test("every address is quiet and accessible", async ({ secure: screen, server }) => {
      test.setTimeout(LIMIT_MS);
      const customer = await fill(server);
      for (const path of ["/login", resetPath(server)]) {
        await screen.open(path);
        await check(screen, path);
      }
      await logIn(screen);
      await walk(screen.origin, async (address, kind) => {
        await screen.open(address.slice(screen.origin.length));
        const found = await screen.tab.evaluate(links);
        await check(screen, kind);
        return found;
      });
      for (const path of [customer, `${customer}/suspend`, "/keys?search=nothing&status=failed", "/no/such/page"]) {
        await screen.open(path);
        await check(screen, path);
      }
    });

    test("what a click opens is quiet and accessible", async ({ secure: screen, server }) => {
      test.setTimeout(LIMIT_MS);
      await fill(server);
      await logIn(screen);
      await screen.having("button", "user menu").click();
      await screen.get("button", "Log out").appears();
      await check(screen, "the user menu");

      await screen.open("/keys");
      await screen.press("?");
      await screen.having("dialog").appears();
      await check(screen, "the keyboard shortcuts");
      await screen.press("Escape");
      await screen.having("dialog").disappears();
      await screen.press("Control+k");
      await screen.get("dialog", "Find a key, customer, page").appears();
      await check(screen, "the command palette");
      await screen.press("Escape");
      await screen.get("dialog", "Find a key, customer, page").disappears();
      await screen.get("checkbox", "Select Shop").click();
      await screen.get("button", "Delete selected").appears();
      await check(screen, "selected keys");
      await screen.get("button", "Delete selected").click();
      await screen.having("alertdialog").appears();
      await check(screen, "the question about selected keys");

      await screen.open("/keys/new");
      const create = screen.get("dialog", "Create API Key");
      await create.get("field", "Name").fill(" ");
      await create.get("button", "Create API Key").click();
      await create.having("field").appears();
      await check(screen, "a form with a mistake");
      await create.get("field", "Name").fill("Chat");
      await create.get("button", "Create API Key").click();
      await screen.get("dialog", "Save your API key").having("status", "Active").appears();
      await check(screen, "a token");
      await screen.press("Escape");
      await check(screen, "the question before a token is lost");

      await screen.open("/settings");
      await screen.get("button", "Reveal API key for default").click();
      await screen.having("row", "sk_live_").appears();
      await check(screen, "a revealed key");
      await screen.open("/settings/users/invite");
      await screen.get("field", "Email").fill("noor.haddad@example.com");
      await screen.get("button", "Invite User").click();
      await screen.get("field", "Invitation link").appears();
      await check(screen, "an invitation link");
      await screen.open("/settings/service-accounts/new");
      const account = screen.get("dialog", "Create Service Account");
      await account.get("field", "Name").fill("billing");
      await account.get("button", "Create Service Account").click();
      await screen.get("dialog", "Save your service token").appears();
      await check(screen, "a service token");

      await screen.open("/settings/security/second-factor");
      const setUp = screen.get("dialog", "Set up second factor");
      await setUp.get("field", "Code").appears();
      const secret = /[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/.exec(await setUp.read())?.[0] ?? "";
      await setUp.get("field", "Code").fill(totp(secret.replaceAll(" ", "")));
      await setUp.get("button", "Turn on").click();
      await screen.get("dialog", "Save your recovery codes").appears();
      await check(screen, "the recovery codes");
      await screen.open("/settings/security/turn-off");
      await screen.having("alertdialog").appears();
      await check(screen, "the question before a second factor is turned off");
      await screen.open("/");
      await logOut(screen);
      await screen.get("field", "Email").fill(OWNER.email);
      await screen.get("field", "Password").fill(OWNER.password);
      await screen.get("button", "Log in").click();
      await screen.isAt("/login/code");
      await screen.interactive();
      await check(screen, "the second factor at the login");
    });
  });
}
