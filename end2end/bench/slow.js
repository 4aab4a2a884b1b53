// How long /keys takes on a slow phone and a slow line, until it is hydrated.

import { loggedIn, withBrowser } from "./chromium.js";

const ROUNDS = 5;
const LIMIT_MS = 120_000;
/** Lighthouse's numbers for a phone: a processor of a quarter of the speed, and slow 4G. Chromium wants bytes in a second. */
const CPU = 4;
const LINE = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };

/** @import { Browser } from "@playwright/test" */
/** @import { Site } from "./chromium.js" */
/** @typedef {{ painted: number, wasm: number, hydrated: number }} Load Milliseconds since the person has asked for the page. */

/**
 * @param {Site} site
 * @returns {Promise<Load[]>}
 */
export function measureSlowLoads(site) {
  return withBrowser(async (browser) => {
    const loads = [];
    for (let round = 0; round < ROUNDS; round += 1) loads.push(await load(browser, site));
    return loads;
  });
}

/**
 * A first load: nothing is in the cache.
 * @param {Browser} browser
 * @param {Site} site
 * @returns {Promise<Load>}
 */
async function load(browser, site) {
  const context = await loggedIn(browser, site);
  const page = await context.newPage();
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (document.documentElement?.dataset["hydrated"] === undefined) return;
      performance.mark("hydrated");
      observer.disconnect();
    }).observe(document, { attributes: true, attributeFilter: ["data-hydrated"], subtree: true });
  });
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", LINE);
  await session.send("Emulation.setCPUThrottlingRate", { rate: CPU });
  await page.goto(`${site.url}/keys`, { waitUntil: "commit", timeout: LIMIT_MS });
  const isHydrated = () => performance.getEntriesByName("hydrated").length > 0;
  await page.waitForFunction(isHydrated, undefined, { polling: 250, timeout: LIMIT_MS });
  const measured = await page.evaluate(() => {
    const resources = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
    const hydrated = performance.getEntriesByName("hydrated")[0]?.startTime ?? NaN;
    // The page may load parts ahead once it is hydrated.
    const files = resources.filter(({ name, startTime }) => name.endsWith(".wasm") && startTime < hydrated);
    const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN;
    return { painted, wasm: Math.max(...files.map(({ responseEnd }) => responseEnd)), hydrated };
  });
  if (!Number.isFinite(measured.wasm) || measured.wasm > measured.hydrated) {
    throw new Error(`the WASM did not arrive before the page was hydrated: ${JSON.stringify(measured)}`);
  }
  await context.close();
  return measured;
}
