// The API Reference.

import { expect } from "@playwright/test";
import { EVERYWHERE, type Shot } from "../shot.ts";

export const REFERENCE: readonly Shot[] = [
  {
    name: "reference",
    about: "The API Reference",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/reference");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("API Reference");
    },
  },
  {
    name: "reference-operation",
    about: "An operation with a request that works as it stands",
    scene: async ({ open, page }) => {
      await open("/reference");
      await expect(page.getByRole("article", { name: "Create a key", exact: true })).toBeVisible();
    },
    ready: async ({ page }) => {
      await page.getByRole("article", { name: "Create a key", exact: true }).evaluate((operation) => operation.scrollIntoView());
    },
  },
];
