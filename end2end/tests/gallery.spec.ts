// Every screen, dialog and state of the gallery, with the data of the story: the browser says nothing, and axe finds nothing, in any theme.
// accessibility.spec.ts and settings-accessibility.spec.ts have the states without a picture, and the width of a phone.

import type { Page } from "@playwright/test";
import type Axe from "axe-core";
import { GROUPS } from "../screenshots/shots.ts";
import { ABOUT_COLOURS, expectAccessible } from "./fixture.ts";
import { expect, test } from "./gallery-fixture.ts";

/** These differ from the shot before them only in what is in the window. */
const ONLY_SCROLLED = ["reference-operation", "usage-tables"];

const THEMES = [
  { colorScheme: "light", rules: undefined },
  { colorScheme: "dark", rules: ABOUT_COLOURS },
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
          for (const { colorScheme, rules } of THEMES) {
            await test.step(colorScheme, async () => {
              await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
              await expectAccessible(page, rules && [...rules]);
            });
          }
          await test.step("forced colours", async () => {
            await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
            expect(await hardToRead(page)).toEqual([]);
          });
        });
      });
    }
  });
}

/** Leaves some of the operations of the API Reference. All are drawn alike, and the check of forty takes minutes. */
async function shorten(page: Page): Promise<void> {
  await page.evaluate(() => [...document.querySelectorAll("main article")].slice(6).forEach((operation) => operation.remove()));
}

/**
 * Finds text with too little contrast in forced colours, where the style sheet chooses the colours itself. Elsewhere the browser chooses
 * them, but does not tell axe the colour of the text.
 */
async function hardToRead(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const own = [...document.querySelectorAll("main *, nav *, dialog *")].filter((element) => getComputedStyle(element).getPropertyValue("forced-color-adjust") === "none");
    if (own.length === 0) return [];
    const { violations } = await (globalThis as unknown as { axe: typeof Axe }).axe.run(own, { runOnly: ["color-contrast"], resultTypes: ["violations"] });
    return violations.flatMap(({ nodes }) => nodes.map(({ target }) => target.join(" ")));
  });
}
