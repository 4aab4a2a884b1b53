// How the command palette is opened.

import { type Page, expect } from "@playwright/test";

export async function openPalette(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Control+k");
  const palette = page.getByRole("dialog");
  await expect(palette).toBeVisible();
  if (text === "") return;
  await page.keyboard.type(text);
  await expect(palette.getByRole("option").first()).toBeVisible();
}
