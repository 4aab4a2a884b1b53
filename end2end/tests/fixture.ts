// The fixture of every test: its own server, and a browser whose console errors fail the test.

import { type BrowserContext, type Page, test as base, expect } from "@playwright/test";
import axe, { type RunOptions } from "axe-core";
import { type Environment, Server } from "./server.ts";

export { expect, Server };

type Options = {
  /** Variables for the server, which a test sets by `test.use({ serverEnvironment: { LATCHKEY_…: "…" } })`. */
  serverEnvironment: Environment;
};

type Fixtures = {
  server: Server;
  /** Allows a console error that this test provokes, such as the one about a status 403. */
  allowConsole: (expected: RegExp) => void;
  /** Makes errors in another browser context fail the test, too, and closes the context at the end. The context of `page` is always checked. */
  watch: (context: BrowserContext) => void;
  /** Goes to a page and waits until it is interactive. */
  open: (path: string) => Promise<void>;
};

type Complaints = { seen: string[]; allowed: RegExp[] };

export const test = base.extend<Options & Fixtures & { complaints: Complaints }>({
  serverEnvironment: [{}, { option: true }],

  server: async ({ serverEnvironment }, use, testInfo) => {
    const server = await Server.start(serverEnvironment);
    try {
      await use(server);
      await server.stop();
    } finally {
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach("server.log", { body: server.log, contentType: "text/plain" });
      }
      server.remove();
    }
  },

  baseURL: async ({ server }, use) => use(server.url),

  complaints: [
    async ({ javaScriptEnabled }, use) => {
      // Without scripts, the page does not use the preloaded files. Chromium reports that after some seconds.
      // The same holds for a part of the WASM on a slow machine, where the first WASM starts later than that.
      const allowed = [javaScriptEnabled ? /\/assets\/(split|chunk)_\S+ was preloaded using link preload but not used/ : /was preloaded using link preload but not used/];
      const complaints: Complaints = { seen: [], allowed };
      await use(complaints);
      const unexpected = complaints.seen.filter((text) => !complaints.allowed.some((allowed) => allowed.test(text)));
      expect(unexpected, "the browser complained").toEqual([]);
    },
    { auto: true },
  ],

  allowConsole: async ({ complaints }, use) => use((expected) => void complaints.allowed.push(expected)),

  watch: async ({ complaints, server }, use) => {
    const contexts: BrowserContext[] = [];
    await use((context) => {
      contexts.push(context);
      listen(context, server.url, complaints.seen);
    });
    // Playwright closes only the context of `page`. A test may have closed some of these itself, which is harmless.
    await Promise.all(contexts.map((context) => context.close()));
  },

  context: async ({ context, complaints, server }, use) => {
    listen(context, server.url, complaints.seen);
    await use(context);
  },

  open: async ({ page }, use) =>
    use(async (path) => {
      await page.goto(path);
      await interactive(page);
    }),
});

function listen(context: BrowserContext, origin: string, seen: string[]): void {
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      seen.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  context.on("weberror", (error) => seen.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    // Leaving a page aborts its open requests.
    if (request.url().startsWith(origin) && reason !== "net::ERR_ABORTED") {
      seen.push(`request failed: ${request.method()} ${request.url()} ${reason}`);
    }
  });
  context.on("response", (response) => {
    if (response.url().startsWith(origin) && response.status() >= 500) {
      seen.push(`answer ${response.status()}: ${response.request().method()} ${response.url()}`);
    }
  });
}

/** Waits until the page is hydrated. */
export async function interactive(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
}

/** Leaves the page and deletes the session cookie. A page that is still open would send requests without a session. */
export async function loseSession(page: Page): Promise<void> {
  await page.goto("about:blank");
  await page.context().clearCookies();
}

/** The rules of axe about colours. The results of all other rules do not depend on the colour scheme. */
export const ABOUT_COLOURS = ["color-contrast", "link-in-text-block"];

export const AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];

/** Checks the present page against WCAG 2.2 AA and axe's best practices. */
export async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  // axe stays in the page until the page is left: loading it takes as long as a check.
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const options: RunOptions = { runOnly: rules ?? AXE_TAGS, resultTypes: ["violations"] };
  const { violations } = await page.evaluate((options) => axe.run(options), options);
  const found = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map(({ target }) => target.join(" ")) }));
  // Many bars of a chart are narrower than 24 px. WCAG 2.5.8 excepts targets with an equivalent: the days of a bar can be typed above it.
  const faults = found.map((fault) => (fault.id === "target-size" ? { ...fault, at: fault.at.filter((at) => !/^li:nth-child\(\d+\) > \.bar$/.test(at)) } : fault));
  expect(faults.filter(({ at }) => at.length > 0)).toEqual([]);
}

/** Checks the present page in both colour schemes, on a desktop and on a phone. */
export async function expectAccessibleEverywhere(page: Page): Promise<void> {
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ["light", "dark"] as const) {
      await test.step(`${colorScheme}, ${width} px`, async () => {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await expectAccessible(page, colorScheme === "dark" ? ABOUT_COLOURS : undefined);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(overflow, "nothing scrolls sideways").toBe(0);
      });
    }
  }
}
