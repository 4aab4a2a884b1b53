// Bias profiles.

import { expect } from "@playwright/test";
import { dialog, nameField, press, question, rowOf } from "../../tests/journeys.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";

export const PROFILES: readonly Shot[] = [
  {
    name: "profiles",
    about: "Bias profiles, and how many keys have each",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/profiles");
      await expect(rowOf(page, "Bias Profiles", "Strict")).toBeVisible();
    },
  },
  {
    name: "profile",
    about: "One bias profile: what it says, and what changed between two versions",
    views: EVERYWHERE,
    scene: async ({ open, page, profile }) => {
      await open(await profile("Hiring"));
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Hiring");
    },
  },
  {
    name: "profile-versions",
    about: "Any two versions are compared",
    scene: async ({ open, page, profile }) => {
      await open(`${await profile("Hiring")}?from=1&to=3`);
      await expect(page.getByRole("table", { name: "What changed", exact: true })).toBeVisible();
    },
    ready: async ({ page }) => {
      await page.getByRole("table", { name: "What changed", exact: true }).evaluate((table) => table.scrollIntoView({ block: "center" }));
    },
  },
  {
    name: "profile-create",
    about: "A bias profile is created",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/profiles/new");
      await nameField(dialog(page, "Create Bias Profile")).fill("Product texts");
      await press(dialog(page, "Create Bias Profile"), "Strict");
    },
  },
  {
    name: "profile-delete-refused",
    about: "A bias profile that keys have is not deleted",
    scene: async ({ open, page, profile }) => {
      await open(`${await profile("Strict")}/delete`);
      await expect(question(page, "Delete Bias Profile")).toBeVisible();
    },
  },
];
