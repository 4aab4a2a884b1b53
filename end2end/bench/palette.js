// How quickly the command palette opens and answers.

import { loggedIn, withBrowser } from "./chromium.js";

const ROUNDS = 5;
const LIMIT_MS = 10_000;
/** How long a page stays at rest before it is asked something, so that nothing else is going on. */
const REST_MS = 1_500;

/** What is typed, and what stands in an entry that answers it. The data are those of `cargo xtask bench list`. */
const ASKS = /** @type {const} */ ([
  ["shop", "Shop"],
  ["load", "Load test"],
  ["archive", "Archive"],
  ["acme", "Acme"],
  ["company 77", "Company 77"],
]);
/** What nothing matches. It stands in the field before each text, so that the answer was not there already. */
const NOTHING = "zzqx";

/** @import { Page } from "@playwright/test" */
/** @import { Site } from "./chromium.js" */
/** @typedef {{ first: number[], again: number[], answers: Record<string, number[]> }} Palette Milliseconds. */

/**
 * The lists are empty if no palette opens, so that the rest of the bench still has its results.
 * @param {Site} site
 * @returns {Promise<Palette>}
 */
export function measurePalette(site) {
  return withBrowser(async (browser) => {
    /** @type {Palette} */
    const measured = { first: [], again: [], answers: Object.fromEntries(ASKS.map(([typed]) => [typed, []])) };
    for (let round = 0; round < ROUNDS; round += 1) {
      const context = await loggedIn(browser, site);
      const page = await context.newPage();
      await page.addInitScript(install);
      await page.goto(`${site.url}/keys`);
      await page.locator("html[data-hydrated]").waitFor({ state: "attached" });
      await page.waitForTimeout(REST_MS);
      try {
        measured.first.push(await open(page));
      } catch (error) {
        process.stderr.write(`The palette did not open: ${error}\n`);
        break;
      }
      await page.keyboard.press("Escape");
      await page.waitForFunction(() => !globalThis.latchkeyPalette());
      await page.waitForTimeout(REST_MS);
      measured.again.push(await open(page));
      for (const [typed, wanted] of ASKS) {
        await type(page, NOTHING);
        await page.waitForFunction((wanted) => !globalThis.latchkeyAnswers(wanted), wanted, { timeout: LIMIT_MS });
        await page.waitForTimeout(REST_MS);
        measured.answers[typed]?.push(await timed(page, "input", wanted, () => type(page, typed)));
      }
      await context.close();
    }
    return measured;
  });
}

/**
 * Opens the palette, and returns the time until it is drawn and takes what is typed.
 * @param {Page} page
 */
function open(page) {
  return timed(page, "keydown", null, () => page.keyboard.press("Control+k"));
}

/**
 * Replaces the text in the field at once.
 * @param {Page} page
 * @param {string} text
 */
async function type(page, text) {
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/**
 * The time from an event until the palette is drawn: with an entry in which `wanted` stands, or at all.
 * @param {Page} page
 * @param {"keydown" | "input"} event
 * @param {string | null} wanted
 * @param {() => Promise<void>} act
 * @returns {Promise<number>}
 */
async function timed(page, event, wanted, act) {
  await page.evaluate(([event, wanted]) => globalThis.latchkeyWatch(event, wanted), /** @type {const} */ ([event, wanted]));
  await act();
  const time = await page.waitForFunction(() => globalThis.latchkeyTime, undefined, { polling: 100, timeout: LIMIT_MS });
  return /** @type {Promise<number>} */ (time.jsonValue());
}

/** Runs in the page, before its scripts. */
function install() {
  // The palette is open when its field has the focus.
  globalThis.latchkeyPalette = () => {
    const field = document.activeElement;
    return field instanceof HTMLInputElement ? field.closest("dialog, [role=dialog]") : null;
  };
  globalThis.latchkeyAnswers = (wanted) => {
    const entries = globalThis.latchkeyPalette()?.querySelectorAll("[role=option]") ?? [];
    return [...entries].some((entry) => entry.textContent?.includes(wanted));
  };
  globalThis.latchkeyWatch = (event, wanted) => {
    globalThis.latchkeyTime = undefined;
    const isDrawn = () => (wanted === null ? globalThis.latchkeyPalette() !== null : globalThis.latchkeyAnswers(wanted));
    /** @param {Event} began */
    const start = (began) => {
      // Ctrl is a key, too.
      if (began instanceof KeyboardEvent && began.key.toLowerCase() !== "k") return;
      removeEventListener(event, start, true);
      const look = () => {
        if (!isDrawn()) {
          requestAnimationFrame(look);
          return;
        }
        // A message is delivered once this frame is drawn.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => (globalThis.latchkeyTime = performance.now() - began.timeStamp);
        port2.postMessage(null);
      };
      requestAnimationFrame(look);
    };
    addEventListener(event, start, true);
  };
}
