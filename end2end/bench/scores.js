// What Lighthouse says about the pages, on a phone and on a desktop.

import lighthouse from "lighthouse";
import desktop from "lighthouse/core/config/desktop-config.js";
import { withDebuggingPort } from "./chromium.js";
import { withPlainPage } from "./plain.js";

const ROUNDS = 5;
const SIGNED_OUT = "/login";
const PATHS = [SIGNED_OUT, "/", "/keys", "/usage", "/settings"];
/** The configurations of Lighthouse. That of a phone is the one that it uses without being told. */
const FORMS = { mobile: undefined, desktop };
const CATEGORIES = ["performance", "accessibility", "best-practices"];

/** @import { Site } from "./chromium.js" */
/** @import { Result } from "lighthouse" */
/** @typedef {keyof typeof FORMS} Form */
/**
 * @typedef {object} Run
 * @property {number} performance From 0 to 100, as the other two scores.
 * @property {number} accessibility
 * @property {number} bestPractices
 * @property {number} layoutShift
 * @property {number} firstPaint Milliseconds, as the next two.
 * @property {number} largestPaint
 * @property {number} blocked
 * @property {number} machine Lighthouse's figure for the speed of this machine.
 */
/** @typedef {{ page: string, form: Form, runs: Run[], failed: string[] }} Scores */

/**
 * In each round, every page has its turn, so that other work of the machine affects all of them alike.
 * @param {Site} site
 * @returns {Promise<Scores[]>}
 */
export function scorePages(site) {
  return withPlainPage(async (plain) => {
    /** @type {{ page: string, url: string, as: Site }[]} */
    const pages = PATHS.map((path) => ({
      page: path,
      url: `${site.url}${path}`,
      as: path === SIGNED_OUT ? { ...site, cookies: "" } : site,
    }));
    pages.unshift({ page: "a plain page", url: `${plain}/`, as: { url: plain, cookies: "" } });
    const forms = /** @type {Form[]} */ (Object.keys(FORMS));
    const all = forms.flatMap((form) => pages.map((page) => ({ ...page, form, runs: [], failed: new Set() })));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { url, as, form, runs, failed } of all) {
        const { run, failures } = await score(url, as, form);
        /** @type {Run[]} */ (runs).push(run);
        for (const failure of failures) failed.add(failure);
      }
    }
    return all.map(({ page, form, runs, failed }) => ({ page, form, runs, failed: [...failed] }));
  });
}

/**
 * One run, in a browser that has seen nothing yet.
 * @param {string} url
 * @param {Site} as
 * @param {Form} form
 */
function score(url, as, form) {
  return withDebuggingPort(as, async (port) => {
    const flags = { port, logLevel: /** @type {const} */ ("error"), onlyCategories: CATEGORIES };
    const result = (await lighthouse(url, flags, FORMS[form]))?.lhr;
    if (!result || result.runtimeError) throw new Error(`Lighthouse failed at ${url}: ${result?.runtimeError?.message}`);
    if (result.finalDisplayedUrl !== url) throw new Error(`${url} led to ${result.finalDisplayedUrl}`);
    return { run: figures(result), failures: failures(result) };
  });
}

/**
 * @param {Result} result
 * @returns {Run}
 */
function figures({ audits, categories, environment }) {
  const points = (/** @type {string} */ category) => Math.round(100 * (categories[category]?.score ?? NaN));
  const figure = (/** @type {string} */ audit) => audits[audit]?.numericValue ?? NaN;
  return {
    performance: points("performance"),
    accessibility: points("accessibility"),
    bestPractices: points("best-practices"),
    layoutShift: figure("cumulative-layout-shift"),
    firstPaint: figure("first-contentful-paint"),
    largestPaint: figure("largest-contentful-paint"),
    blocked: figure("total-blocking-time"),
    machine: environment.benchmarkIndex,
  };
}

/**
 * The audits for which accessibility or best practices have less than 100.
 * @param {Result} result
 */
function failures({ audits, categories }) {
  const counted = ["accessibility", "best-practices"].flatMap((category) => categories[category]?.auditRefs ?? []);
  const failed = counted.filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1);
  return failed.map(({ id }) => id);
}
