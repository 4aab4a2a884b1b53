// Takes pictures of a page: in light and dark colours, and as on a phone.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";

export const FOLDER = fileURLToPath(new URL("../../docs/pictures/", import.meta.url));

export const VIEWS = [
  { name: "light", colorScheme: "light", width: 1280, height: 800 },
  { name: "dark", colorScheme: "dark", width: 1280, height: 800 },
  { name: "phone", colorScheme: "light", width: 360, height: 760 },
] as const;

export type ViewName = (typeof VIEWS)[number]["name"];

/** At this quality, the small grey text is still clean, and the pictures of all screens have some 4 MB. */
const QUALITY = 50;
/** Time for what follows the size of the window by itself. */
const SETTLES_MS = 250;

export function fileName(shot: string, view: ViewName): string {
  return `${shot}-${view}.webp`;
}

/** Takes the pictures of the present state of the page. `ready` brings what the picture is about into the window. */
export async function takePictures(page: Page, shot: string, views: readonly ViewName[], ready: (view: ViewName) => Promise<void>): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await holdStill(page);
  const session = await page.context().newCDPSession(page);
  for (const view of VIEWS.filter(({ name }) => views.includes(name))) {
    await page.emulateMedia({ colorScheme: view.colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: view.width, height: view.height });
    await ready(view.name);
    await page.mouse.move(0, 0);
    await page.evaluate(async (wait) => {
      await document.fonts.ready;
      await new Promise((resolve) => setTimeout(resolve, wait));
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }, SETTLES_MS);
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
    writeFileSync(FOLDER + fileName(shot, view.name), Buffer.from(data, "base64"));
  }
  await session.detach();
}

/** Hides the caret, and ends all motion. The page's policy allows style sheets of scripts. */
async function holdStill(page: Page): Promise<void> {
  await page.evaluate(() => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, *::before, *::after { caret-color: transparent !important; animation: none !important; transition: none !important; scrollbar-width: none !important }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
  });
}
