// Takes the pictures in docs/pictures, see `cargo xtask screenshots`.

import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  projects: [{ name: "pictures", testDir: "screenshots", testMatch: "pictures.spec.ts" }],
  globalSetup: "./screenshots/fill.ts",
  // Each shot has a server of its own, and two of them keep both cores of a small machine busy.
  workers: 2,
  retries: 1,
  outputDir: "test-results/screenshots",
});
