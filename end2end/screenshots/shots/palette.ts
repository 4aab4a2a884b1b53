// How the command palette is opened.

import { type Page, expect } from "@playwright/test";
import { dialog } from "../../tests/journeys.ts";

export async function openPalette(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Control+k");
  const palette = dialog(page, "Find a key, customer, page");
  const field = palette.getByRole("combobox");
  await expect(field).toBeFocused();
  if (text !== "") await field.fill(text);
  await expect(palette.getByRole("option").first()).toBeVisible();
  if (text !== "") await expect(palette.locator("mark").first()).toBeVisible();
}
