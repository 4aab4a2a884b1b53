// A proxy or a browser extension changes a page before it is hydrated, or a part of the scripts is missing. The page then works as
// usual, or at least as it works without scripts.

import type { Page } from "@playwright/test";
import { expect, interactive, type Server, test } from "./fixture.ts";
import {
  OWNER, WITH_OWNER, arriveLoggedIn, dialogs, enter, expectToast, keyNamed, mintKey, nameField, press, row, shownToken, submitKey,
} from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

/** Rewrites pages like a proxy. */
async function rewrite(page: Page, change: (html: string) => string): Promise<void> {
  await page.route(
    (url) => !url.pathname.startsWith("/assets/") && !url.pathname.startsWith("/api/") && url.pathname !== "/events",
    async (route) => {
      const answer = await route.fetch({ maxRedirects: 0 });
      if (!answer.headers()["content-type"]?.startsWith("text/html")) return route.fulfill({ response: answer });
      const html = await answer.text();
      // This is the body without the scripts at its end.
      const [start, end] = [html.indexOf("<body"), html.lastIndexOf("</main>")];
      return route.fulfill({ response: answer, body: html.slice(0, start) + change(html.slice(start, end)) + html.slice(end) });
    },
  );
}

/** Changes that proxies make to HTML. */
const PROXIES: Record<string, (html: string) => string> = {
  "puts an element first": (html) => html.replace(/<body[^>]*>/, '$&<div id="banner">A banner</div>'),
  "puts an element of the same kind first": (html) => html.replace(/<body[^>]*>/, '$&<a href="/banner">A banner</a>'),
  "wraps digits in links": (html) => html.replaceAll(/>([^<>]*?)(\d+)([^<>]*)</g, '>$1<a href="tel:$2">$2</a>$3<'),
  "takes the comments out": (html) => html.replaceAll(/<!(?:--[^>]*--)?>/g, ""),
};

/** The note that the scripts of the page have stopped. */
function stopped(page: Page) {
  return page.getByRole("alert").filter({ hasText: "Part of this page did not start" });
}

/** Uses links and plain forms. Waits for the note on each page first, since the note moves the content below it. */
async function expectUsable(page: Page, server: Server): Promise<void> {
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "API Keys", exact: true }).click();
  await expect(row(page, "Shop")).toBeVisible();
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  await expect(stopped(page)).toBeVisible();
  await nameField(dialogs.create(page)).fill("Billing");
  await submitKey(page);
  await shownToken(page);
  await expect(stopped(page)).toBeVisible();
  // Without scripts, a page does not show by itself that the key has become active.
  await expect.poll(() => keyNamed(server, "Billing").status).toBe("active");
  await dialogs.save(page).getByRole("button", { name: "Done", exact: true }).click();
  await expect(row(page, "Billing")).toBeVisible();
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("button", { name: "Disable Billing", exact: true }).click();
  await expect(row(page, "Billing").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
}

for (const [what, change] of Object.entries(PROXIES)) {
  test(`a proxy ${what}: links and forms still work`, async ({ page, context, server, allowConsole }) => {
    allowConsole(/changed on its way|csp$|Content.Security.Policy/i);
    mintKey(server, "Shop");
    await arriveLoggedIn(context);
    await rewrite(page, change);
    await page.goto("/settings/security");
    await expect(stopped(page)).toBeVisible();
    await expect(page.locator("html")).not.toHaveAttribute("data-hydrated");
    await page.goto("/");
    await expectUsable(page, server);
  });
}

test("a proxy hides e-mail addresses: only a page that shows one goes on without scripts", async ({ page, context, server, allowConsole }) => {
  allowConsole(/changed on its way|csp$|Content.Security.Policy/i);
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await rewrite(page, (html) =>
    html.replaceAll(/mara\.ott@example\.com/g, '<a href="/cdn-cgi/l/email-protection" class="__cf_email__" data-cfemail="1">[email&#160;protected]</a>'));
  await page.goto("/settings/users");
  await expect(stopped(page)).toBeVisible();
  await expect(page.locator("html")).not.toHaveAttribute("data-hydrated");
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "API Keys", exact: true }).click();
  await interactive(page);
  await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
  await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
});

test("the scripts fail while they start: links and forms still work", async ({ page, context, server, allowConsole }) => {
  allowConsole(/panicked|unreachable|csp$/i);
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  // Without the page shape, the scripts do not notice that the page was changed, so they fail.
  await page.route("/keys", async (route) => {
    const answer = await route.fetch();
    const html = (await answer.text()).replace(/ data-shape="[^"]*"/, "").replace(/<main[^>]*>/, "$&A sentence");
    return route.fulfill({ response: answer, body: html });
  });
  await page.goto("/keys");
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
  await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
});

/** Changes that extensions make to a page before it is hydrated. */
const EXTENSIONS: Record<string, () => void> = {
  "an element first in the page": () => document.body.prepend(document.createElement("div")),
  "an icon beside every field": () => {
    for (const field of document.querySelectorAll("input")) field.after(document.createElement("i"));
  },
  "every text in other elements": () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: Node[] = [];
    while (texts.nextNode()) found.push(texts.currentNode);
    for (const text of found) {
      if (["SCRIPT", "NOSCRIPT", "STYLE"].includes(text.parentElement?.tagName ?? "")) continue;
      const [outer, inner] = [document.createElement("font"), document.createElement("font")];
      inner.textContent = `translated ${text.textContent}`;
      outer.append(inner);
      (text as Text).replaceWith(outer);
    }
  },
  "other texts": () => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.nodeValue += "!";
  },
  "an element last in the page": () => document.body.append(document.createElement("div")),
};

/** Changes each page once it is parsed. The scripts arrive only after that. */
async function changeBeforeHydration(page: Page, change: () => void): Promise<void> {
  let note = (): void => {};
  const changed = new Promise<void>((done) => (note = done));
  await page.exposeFunction("noteChange", () => note());
  await page.addInitScript(`document.addEventListener("DOMContentLoaded", () => setTimeout(() => { (${change.toString()})(); noteChange(); }))`);
  await page.route(/\.wasm$/, async (route) => {
    await changed;
    await route.continue();
  });
}

for (const [what, change] of Object.entries(EXTENSIONS)) {
  test(`an extension puts ${what}: the page still becomes interactive`, async ({ page, context, server, open }) => {
    mintKey(server, "Shop");
    await arriveLoggedIn(context);
    await changeBeforeHydration(page, change);
    await open("/keys");
    await expect(row(page, "Shop")).toBeVisible();
    await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
    await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
    await page.getByRole("link", { name: "Create API Key", exact: true }).click();
    await expect(nameField(dialogs.create(page))).toBeFocused();
  });
}

test("the login works although an extension has put an icon into it before the scripts came", async ({ page }) => {
  await changeBeforeHydration(page, EXTENSIONS["an icon beside every field"] as () => void);
  await page.goto("/login");
  await interactive(page);
  await enter(page, OWNER, "Log in");
  await expect(page).toHaveURL("/");
});

// A file of the site is missing: it is not found after an upgrade, or the server is down.
for (const [which, pattern] of [["the scripts", /\/assets\/[^/]*\.js$/], ["the WASM", /\/assets\/[^/]*\.wasm$/]] as const) {
  for (const [how, answer] of [["are not found", 404], ["do not come", 0]] as const) {
    test(`${which} ${how}: links and forms still work`, async ({ page, context, server, allowConsole }) => {
      allowConsole(/status of 404|ERR_FAILED|failed|csp$|preload|Failed to fetch|Error/);
      mintKey(server, "Shop");
      await arriveLoggedIn(context);
      await page.route(pattern, (route) => (answer === 0 ? route.abort("failed") : route.fulfill({ status: answer, body: "gone" })));
      await page.goto("/");
      await expect(stopped(page)).toBeVisible();
      await expect(page.getByRole("link", { name: "Reload", exact: true })).toBeVisible();
      await expectUsable(page, server);
    });
  }
}

test("a part of the scripts no longer exists after an upgrade: the browser loads the page from the server", async ({ page, context, open, allowConsole }) => {
  allowConsole(/status of 404|Failed to load|Error|csp$|preload|failed/);
  await arriveLoggedIn(context);
  await open("/keys");
  await page.route(/split_|chunk_/, (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Settings", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Environments", exact: true })).toBeVisible({ timeout: 3_900 });
  await expect(stopped(page)).toBeVisible();
  await expect(page.getByText("Changing settings needs scripts.", { exact: true })).toBeVisible();
});

test("a part of the scripts is late: a note says so at once, and then the browser loads the page from the server", async ({ page, context, open, allowConsole }) => {
  allowConsole(/failed|ERR_|Error|csp$|preload/);
  await arriveLoggedIn(context);
  await open("/keys");
  // The request is never answered.
  await page.route(/split_|chunk_/, () => {});
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Usage", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "Loading" })).toBeVisible({ timeout: 3_500 });
  await expect(page.getByRole("heading", { name: "Usage", exact: true })).toBeVisible({ timeout: 20_000 });
});

// What answers clicks is loaded after the page is interactive.
for (const [how, answer] of [["is not found", 404], ["does not come", 0]] as const) {
  test(`the code that answers a click ${how}: the button sends its form, and the page says so`, async ({ page, context, server, open, allowConsole }) => {
    allowConsole(/status of 404|ERR_|Failed|failed|Error|csp$|preload/);
    mintKey(server, "Shop");
    await arriveLoggedIn(context);
    await page.route(/split_palette/, (route) => (answer === 0 ? undefined : route.fulfill({ status: answer, body: "gone" })));
    await open("/keys");
    await expect(stopped(page)).toBeHidden();
    await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
    // The form is sent after four seconds at the latest.
    await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible({ timeout: 10_000 });
    expect(keyNamed(server, "Shop").status).toBe("inactive");
  });
}

test("the palette's list cannot be loaded: its field searches the list of keys", async ({ page, context, server, open, allowConsole }) => {
  allowConsole(/status of 404|ERR_|Failed|failed|Error|csp$|preload/);
  mintKey(server, "Shop");
  mintKey(server, "Mail");
  await arriveLoggedIn(context);
  await page.route(/split_palette/, (route) => route.fulfill({ status: 404, body: "gone" }));
  await open("/");
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Find a key, customer, page", exact: true });
  await expect(field).toBeFocused();
  await field.fill("mail");
  await page.keyboard.press("Enter");
  // Of all environments, as the list of the palette has it.
  await expect(page).toHaveURL("/keys?environment=&search=mail");
  await expect(row(page, "Mail")).toBeVisible();
  await expect(row(page, "Shop")).toHaveCount(0);
});

test("the code that answers a click is late: the click counts", async ({ page, context, server, open }) => {
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await page.route(/split_palette/, async (route) => {
    await page.waitForTimeout(500);
    await route.continue();
  });
  await open("/keys");
  await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
  await expectToast(page, "Shop is disabled.");
  await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
  await expect(stopped(page)).toBeHidden();
});

test("the scripts stop after hydration: links and forms still work", async ({ page, context, server, open }) => {
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await open("/keys");
  await page.evaluate(() => dispatchEvent(new Event("latchkey-stopped")));
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("button", { name: "Disable Shop", exact: true }).click();
  await expect(row(page, "Shop").getByRole("cell", { name: "Inactive", exact: true })).toBeVisible();
  // The browser has sent a plain form. The answer is a new page with working scripts.
  await interactive(page);
});

test("a token is not lost while its page is still loading", async ({ page, context, allowConsole }) => {
  allowConsole(/ERR_|failed|preload/);
  await arriveLoggedIn(context);
  let go = (): void => {};
  const slow = new Promise<void>((done) => (go = done));
  await page.route(/\.wasm$/, async (route) => {
    await slow;
    await route.continue();
  });
  await page.goto("/keys/new");
  await nameField(dialogs.create(page)).fill("Shop");
  await submitKey(page);
  const save = dialogs.save(page);
  await shownToken(page);
  await expect(save.getByRole("button", { name: "Copy API key", exact: true })).toBeHidden();
  await expect(save.getByRole("button", { name: "Done", exact: true })).toBeHidden();
  await expect(save.getByText("One moment: the page is still loading.", { exact: true })).toBeVisible();
  go();
  await interactive(page);
  await expect(save.getByRole("button", { name: "Copy API key", exact: true })).toBeVisible();
  await save.getByRole("button", { name: "Done", exact: true }).click();
  await expect(save.getByRole("alert").filter({ hasText: "You have not copied the key yet." })).toBeVisible();
});

// The content of a menu is drawn when the menu is opened. Before, browsers with scripts have it as text only.
const statusMenu = (page: Page) => page.locator("#filter-status");

async function filterByStatus(page: Page): Promise<void> {
  await statusMenu(page).getByRole("checkbox", { name: "Inactive", exact: true }).check();
  await press(statusMenu(page), "Apply");
  await expect(page).toHaveURL(/\/keys\?status=inactive/);
  await expect(row(page, "Shop")).toHaveCount(0);
}

test("a menu that is opened while its page is still loading is filled once the page is interactive", async ({ page, context, server, allowConsole }) => {
  allowConsole(/ERR_|failed|preload/);
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  let go = (): void => {};
  const slow = new Promise<void>((done) => (go = done));
  await page.route(/\.wasm$/, async (route) => {
    await slow;
    await route.continue();
  });
  await page.goto("/keys");
  await page.getByRole("button", { name: "Status", exact: true }).click();
  await expect(statusMenu(page)).toBeVisible();
  await expect(statusMenu(page).getByRole("checkbox")).toHaveCount(0);
  go();
  await interactive(page);
  await filterByStatus(page);
});

test("menus work after the scripts could not start", async ({ page, context, server, allowConsole }) => {
  allowConsole(/ERR_FAILED|failed|csp$|preload|Failed to fetch|Error/);
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await page.route(/\/assets\/[^/]*\.wasm$/, (route) => route.abort("failed"));
  await page.goto("/keys");
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("button", { name: "Status", exact: true }).click();
  await filterByStatus(page);
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("button", { name: /user menu$/ }).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await expect(page).toHaveURL("/login");
});

test("the scripts stop after hydration: menus that nobody has opened still work", async ({ page, context, server, open }) => {
  mintKey(server, "Shop");
  await arriveLoggedIn(context);
  await open("/keys");
  await page.evaluate(() => dispatchEvent(new Event("latchkey-stopped")));
  await expect(stopped(page)).toBeVisible();
  await page.getByRole("button", { name: "Status", exact: true }).click();
  await expect(statusMenu(page).getByRole("checkbox", { name: "Inactive", exact: true })).toHaveCount(1);
  await filterByStatus(page);
});

test("pages forbid proxies to change them and browsers to translate them", async ({ page, context, open }) => {
  await arriveLoggedIn(context);
  const answer = await page.goto("/keys");
  expect(answer?.headers()["cache-control"]).toBe("no-store, no-transform");
  await open("/keys");
  await expect(page.locator("html")).toHaveAttribute("translate", "no");
  expect(await page.locator("body").evaluate((body) => (body as HTMLElement).translate)).toBe(false);
});
