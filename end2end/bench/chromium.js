// Chromium without its window, as the browser tests use it. The flags of those tests that change how fast it is are not here.

import { chromium } from "@playwright/test";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = "/usr/bin/chromium-headless-shell";
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-dev-shm-usage", "--disable-sync",
];
const START_LIMIT_MS = 30_000;

/** @import { Browser, BrowserContext } from "@playwright/test" */
/** @typedef {{ url: string, cookies: string }} Site The server, and the cookies of a person who is logged in. */

/**
 * Runs `work` with a browser that Playwright drives.
 * @template T
 * @param {(browser: Browser) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withBrowser(work) {
  const browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/**
 * A context without a cache, in which the person is logged in.
 * @param {Browser} browser
 * @param {Site} site
 */
export async function loggedIn(browser, site) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", timezoneId: "UTC" });
  await logIn(context, site);
  return context;
}

/**
 * Runs `work` with the debugging port of a browser that was just started, with an empty profile except for the session.
 * @template T
 * @param {Site} site
 * @param {(port: number) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withDebuggingPort(site, work) {
  const profile = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
  const flags = [...FLAGS, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"];
  // A group of its own, so that its processes can be ended together.
  const child = spawn(PROGRAM, flags, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  const ended = once(child, "exit");
  try {
    const port = await debuggingPort(child);
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const [context] = browser.contexts();
    if (!context) throw new Error("Chromium has no context");
    await logIn(context, site);
    // This only disconnects.
    await browser.close();
    return await work(port);
  } finally {
    // Each of its processes holds the pipe open, and Node would wait for all of them.
    child.stderr?.destroy();
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/**
 * Chromium chooses the port, and writes it to standard error.
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<number>}
 */
function debuggingPort(child) {
  return new Promise((resolve, reject) => {
    let said = "";
    const tooLate = setTimeout(() => reject(new Error(`Chromium did not start:\n${said}`)), START_LIMIT_MS);
    child.on("error", reject);
    child.on("exit", () => reject(new Error(`Chromium ended:\n${said}`)));
    child.stderr?.on("data", (text) => {
      said += text;
      const port = /DevTools listening on ws:\/\/[^/]+:(\d+)\//.exec(said)?.[1];
      if (!port) return;
      clearTimeout(tooLate);
      resolve(Number(port));
    });
  });
}

/**
 * @param {BrowserContext} context
 * @param {Site} site
 */
async function logIn(context, { url, cookies }) {
  const pairs = cookies.split("; ").filter((pair) => pair !== "");
  await context.addCookies(pairs.map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url };
  }));
}
