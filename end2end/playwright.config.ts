import { statfsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "@playwright/test";

/** The free shared memory of this machine in bytes. */
function sharedMemory(): number {
  const { bavail, bsize } = statfsSync("/dev/shm");
  return bavail * bsize;
}

// Where the story is kept for the gallery. Playwright empties the folder above it at the start of each run.
process.env["LATCHKEY_PICTURES_FOLDER"] ??= fileURLToPath(new URL("test-results/story", import.meta.url));

const GALLERY = "gallery.spec.ts";

export default defineConfig({
  // While the story is told, which is mostly waiting, other workers run the other tests.
  projects: [
    { name: "story", testDir: "screenshots", testMatch: "story.setup.ts" },
    { name: "journeys", testDir: "tests", testIgnore: GALLERY },
    { name: "gallery", testDir: "tests", testMatch: GALLERY, dependencies: ["story"] },
  ],
  // Each test has a server and a database of its own, so any two may run side by side.
  fullyParallel: true,
  workers: 3,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  // A test that passes only when it is run again is listed as flaky at the end.
  retries: 1,
  reporter: "list",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    timezoneId: "UTC",
    colorScheme: "light",
    // Playwright waits until an element no longer moves.
    contextOptions: { reducedMotion: "reduce" },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: "/usr/bin/chromium-headless-shell",
      // Playwright has Chromium make its shared memory as files in the folder of temporary files, since containers may have
      // little at /dev/shm.
      ignoreDefaultArgs: sharedMemory() > 2 ** 30 ? ["--disable-dev-shm-usage"] : [],
      args: [
        // One process and one compiler less for each of the hundreds of pages.
        "--in-process-gpu",
        "--js-flags=--liftoff-only",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // The names that docs/GATEWAYS.md uses are those of this machine, for pages that call an API through a gateway.
        "--host-resolver-rules=MAP *.example.com 127.0.0.1",
      ],
    },
  },
});
