// What the screens show when something is wrong.

import { expect } from "@playwright/test";
import { press } from "../../tests/journeys.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";
import type { Stage } from "../stage.ts";

function cut({ line }: Stage): void {
  if (!line) throw new Error("the database of this shot is not on a line");
  line.cut();
}

export const TROUBLE: readonly Shot[] = [
  {
    name: "no-permission",
    about: "A screen that the role does not permit",
    complaint: /status of 403/,
    as: "tom",
    scene: async ({ open, page }) => {
      await open("/audit");
      await expect(page.getByRole("heading", { name: "You may not see this", exact: true })).toBeVisible();
    },
  },
  {
    name: "no-page",
    about: "A page that does not exist",
    complaint: /status of 404/,
    scene: async ({ open, page }) => {
      await open("/no/such/page");
      await expect(page.getByRole("heading", { name: "There is no such page", exact: true })).toBeVisible();
    },
  },
  {
    name: "no-key",
    about: "A key that does not exist",
    complaint: /status of 404/,
    scene: async ({ open, page }) => {
      await open("/keys/key_0000000000");
      await expect(page.getByRole("main").getByRole("heading", { level: 2 })).toBeVisible();
    },
  },
  {
    name: "session-ended",
    about: "The session has ended while the page was open",
    complaint: /status of 401/,
    scene: async ({ open, page }) => {
      await open("/keys?environment=production&search=shop");
      await page.context().clearCookies({ name: /session/ });
      await press(page, "Disable Shop backend");
      await expect(page.getByRole("main").getByRole("link", { name: "Log in", exact: true })).toBeVisible();
    },
  },
  {
    name: "outage",
    about: "A page that is opened while the database is away",
    views: EVERYWHERE,
    complaint: /answer 503|status of 503/,
    data: "full on PostgreSQL",
    scene: async (stage) => {
      const { page, goTo } = stage;
      cut(stage);
      // The page must not be loaded again while its picture is taken.
      await page.route("**/keys", async (route) => {
        const response = await route.fetch();
        const { refresh: _, ...headers } = response.headers();
        await route.fulfill({ response, headers });
      });
      await goTo("/keys");
      await expect(page.getByRole("heading", { name: "The database is away", exact: true })).toBeVisible();
    },
  },
  {
    name: "outage-list",
    about: "An open list while the database is away",
    complaint: /answer 503|status of 503/,
    data: "full on PostgreSQL",
    scene: async (stage) => {
      const { page, open } = stage;
      await open("/keys?environment=production");
      cut(stage);
      await press(page, "Disable Size advisor");
      await expect(page.getByText(/^This may be out of date\./)).toBeVisible({ timeout: 30_000 });
    },
  },
];
