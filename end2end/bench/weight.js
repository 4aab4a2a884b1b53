// What /keys weighs: the bytes that its first and its second load transfer, and its elements.

import { loggedIn, withBrowser } from "./chromium.js";

const ROWS = 50;
/** How long the page is watched after it is hydrated. Until then it has opened its stream and loaded what it loads ahead. */
const WATCH_MS = 3_000;
const LIMIT_MS = 60_000;

/** @import { Page } from "@playwright/test" */
/** @import { Site } from "./chromium.js" */
/** @typedef {"page" | "style" | "scripts" | "wasm" | "others"} Kind */
/** @typedef {Record<Kind, number>} Bytes */
/** @typedef {{ kind: Kind, bytes: number, cached: boolean }} Answer */

/**
 * @param {Site} site
 * @returns {Promise<{ rows: number, elements: number, first: Bytes, second: Bytes }>}
 */
export function weighKeys(site) {
  return withBrowser(async (browser) => {
    const context = await loggedIn(browser, site);
    const page = await context.newPage();
    const first = await load(page, site);
    const rows = await page.getByRole("table", { name: "API Keys", exact: true }).locator("tbody").getByRole("row").count();
    if (rows !== ROWS) throw new Error(`/keys shows ${rows} rows, not ${ROWS}`);
    const elements = await page.evaluate(() => document.querySelectorAll("*").length);
    await page.goto("about:blank");
    const second = await load(page, site);
    return { rows, elements, first, second };
  });
}

/**
 * @param {Page} page
 * @param {Site} site
 * @returns {Promise<Bytes>}
 */
async function load(page, site) {
  const session = await page.context().newCDPSession(page);
  /** @type {Map<string, Answer>} */
  const answers = new Map();
  /** @type {Set<string>} */
  const cached = new Set();
  session.on("Network.requestServedFromCache", ({ requestId }) => cached.add(requestId));
  session.on("Network.responseReceived", ({ requestId, type, response }) => {
    answers.set(requestId, { kind: kindOf(type, response.url), bytes: response.encodedDataLength, cached: response.fromDiskCache === true });
  });
  // The live stream never ends, so its pieces are counted as they come.
  session.on("Network.dataReceived", ({ requestId, encodedDataLength }) => {
    const answer = answers.get(requestId);
    if (answer) answer.bytes += encodedDataLength;
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const answer = answers.get(requestId);
    if (answer) answer.bytes = encodedDataLength;
  });
  await session.send("Network.enable");
  await page.goto(`${site.url}/keys`);
  await page.locator("html[data-hydrated]").waitFor({ state: "attached", timeout: LIMIT_MS });
  await page.waitForTimeout(WATCH_MS);
  await session.detach();
  /** @type {Bytes} */
  const bytes = { page: 0, style: 0, scripts: 0, wasm: 0, others: 0 };
  for (const [id, answer] of answers) {
    if (!answer.cached && !cached.has(id)) bytes[answer.kind] += answer.bytes;
  }
  if (bytes.page === 0) throw new Error("Chromium did not say how long the page is");
  return bytes;
}

/**
 * @param {string} type
 * @param {string} url
 * @returns {Kind}
 */
function kindOf(type, url) {
  if (new URL(url).pathname.endsWith(".wasm")) return "wasm";
  if (type === "Document") return "page";
  if (type === "Stylesheet") return "style";
  if (new URL(url).pathname.endsWith(".js")) return "scripts";
  return "others";
}
