// Home, what is reached from every screen, and the command palette.

import { expect } from "@playwright/test";
import { EVERYWHERE, type Shot } from "../shot.ts";
import { openPalette } from "./palette.ts";

export const HOME: readonly Shot[] = [
  {
    name: "home-first",
    about: "Home of a new console",
    views: EVERYWHERE,
    data: "owner",
    scene: (stage) => stage.open("/"),
  },
  {
    name: "home",
    about: "Home: whether all is well, the requests of a day, and what needs attention",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/");
      await expect(page.getByRole("heading", { name: "Needs attention", exact: true })).toBeVisible();
    },
  },
  {
    name: "user-menu",
    about: "The user menu: colours, times, the way out",
    scene: async ({ open, page }) => {
      await open("/");
      await page.getByRole("button", { name: /user menu$/ }).click();
      await expect(page.getByRole("button", { name: "Log out", exact: true })).toBeVisible();
    },
  },
  {
    name: "palette",
    about: "The command palette finds keys, customers and screens",
    views: EVERYWHERE,
    scene: async (stage) => {
      await stage.open("/keys");
      await openPalette(stage.page, "nort");
    },
  },
  {
    name: "palette-empty",
    about: "The command palette before anything is typed",
    scene: async (stage) => {
      await stage.open("/keys");
      await openPalette(stage.page, "");
    },
  },
  {
    name: "shortcuts",
    about: "The keyboard shortcuts",
    scene: async ({ open, page }) => {
      await open("/keys");
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog")).toBeVisible();
    },
  },
];
