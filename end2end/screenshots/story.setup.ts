// Tells the story once for all tests that show its data.

import { mkdirSync, rmSync } from "node:fs";
import { test } from "@playwright/test";
import { fill } from "./fill.ts";
import { folder } from "./stage.ts";

test("the story is told", async () => {
  test.setTimeout(300_000);
  rmSync(folder(), { recursive: true, force: true });
  mkdirSync(folder(), { recursive: true });
  await fill(folder());
});
