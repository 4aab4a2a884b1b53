// Usage.

import { type Page, expect } from "@playwright/test";
import type { ViewName } from "../camera.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";

async function drawn(page: Page): Promise<void> {
  await expect(page.getByRole("main").getByRole("img", { name: /^Requests by / })).toBeVisible();
}

const report = (name: string, about: string, query: string, views?: readonly ViewName[]): Shot => ({
  name,
  about,
  ...(views && { views }),
  scene: async ({ open, page }) => {
    await open(`/usage?environment=&${query}`);
    await drawn(page);
  },
});

export const USAGE: readonly Shot[] = [
  report("usage", "The requests of 24 hours by outcome", "range=24h", EVERYWHERE),
  report("usage-month", "The requests of 30 days", "range=30d", EVERYWHERE),
  report("usage-all", "All the usage that is kept, by week", "range=400d"),
  report("usage-days", "The usage of any days", "from=2026-11-09&to=2026-11-15"),
  {
    name: "usage-key",
    about: "The usage of one key",
    scene: async ({ open, page, key }) => {
      await open(`/usage?environment=&range=7d&key=${key("Nightly evaluation").replace("/keys/", "")}`);
      await drawn(page);
    },
  },
  {
    name: "usage-customer",
    about: "The usage of one customer",
    scene: async ({ open, page }) => {
      await open("/usage?environment=&range=30d&customer=northwind");
      await drawn(page);
    },
  },
  {
    name: "usage-tables",
    about: "The same as numbers, by endpoint and by key",
    scene: async ({ open, page }) => {
      await open("/usage?environment=&range=24h");
      await drawn(page);
    },
    ready: async ({ page }) => {
      await page.getByRole("heading", { name: "By endpoint", exact: true }).evaluate((title) => title.scrollIntoView());
    },
  },
  {
    name: "usage-first",
    about: "Usage before the first request",
    data: "owner",
    scene: async ({ open, page }) => {
      await open("/usage");
      await expect(page.getByRole("heading", { name: "No requests yet", exact: true })).toBeVisible();
    },
  },
];
