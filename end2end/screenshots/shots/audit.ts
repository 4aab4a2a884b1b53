// The audit log.

import { expect } from "@playwright/test";
import { EVERYWHERE, type Shot } from "../shot.ts";

export const AUDIT: readonly Shot[] = [
  {
    name: "audit",
    about: "Who did what, when and from where; the chain of events is intact",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/audit");
      await expect(page.getByText("chain intact", { exact: true })).toBeVisible();
    },
  },
  {
    name: "audit-key",
    about: "The events of one key",
    scene: async ({ open, page, key }) => {
      await open(`/audit?subject=${key("Shop backend").replace("/keys/", "")}`);
      await expect(page.getByText("chain intact", { exact: true })).toBeVisible();
    },
  },
  {
    name: "audit-actor",
    about: "What one person did to keys",
    scene: async ({ open, page }) => {
      await open("/audit?actor=ada.iyer@example.com&action=key");
      await expect(page.getByText("chain intact", { exact: true })).toBeVisible();
    },
  },
  {
    name: "audit-nothing",
    about: "No event matches",
    scene: async ({ open, page }) => {
      await open("/audit?actor=system&action=key.deleted");
      await expect(page.getByRole("heading", { name: "No event matches", exact: true })).toBeVisible();
    },
  },
];
