// Every screen, dialog and state of the gallery, with the data of the story: the browser says nothing, and axe finds nothing, in any theme.
// accessibility.spec.ts and settings-accessibility.spec.ts have the states without a picture, and the width of a phone.

import type { Page } from "@playwright/test";
import { GROUPS } from "../screenshots/shots.ts";
import { ABOUT_COLOURS, expectAccessible } from "./fixture.ts";
import { test } from "./gallery-fixture.ts";

/** These differ from the shot before them only in what is in the window. */
const ONLY_SCROLLED = ["reference-operation", "usage-tables"];

const THEMES = [
  { name: "light", media: { colorScheme: "light", forcedColors: "none" }, rules: undefined },
  { name: "dark", media: { colorScheme: "dark", forcedColors: "none" }, rules: ABOUT_COLOURS },
  { name: "forced colours", media: { colorScheme: "light", forcedColors: "active" }, rules: ABOUT_COLOURS },
] as const;

for (const [title, shots] of Object.entries(GROUPS)) {
  test.describe(title, () => {
    for (const shot of shots.filter(({ name }) => !ONLY_SCROLLED.includes(name))) {
      test.describe(() => {
        test.use({ shot });

        test(`${shot.name}: ${shot.about}`, async ({ page, stage, allowConsole }) => {
          if (shot.complaint) allowConsole(shot.complaint);
          await shot.scene(stage);
          await shorten(page);
          for (const { name, media, rules } of THEMES) {
            await test.step(name, async () => {
              await page.emulateMedia({ ...media, reducedMotion: "reduce" });
              await expectAccessible(page, rules && [...rules]);
            });
          }
        });
      });
    }
  });
}

/** Leaves some of the operations of the API Reference. All are drawn alike, and the check of forty takes minutes. */
async function shorten(page: Page): Promise<void> {
  await page.evaluate(() => [...document.querySelectorAll("main article")].slice(6).forEach((operation) => operation.remove()));
}
