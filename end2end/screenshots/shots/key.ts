// The screen of one key.

import { type Page, expect } from "@playwright/test";
import { EVERYWHERE, type Shot } from "../shot.ts";
import type { Stage } from "../stage.ts";
import { question, send } from "../traffic.ts";

async function openKey({ open, page, key }: Stage, name: string): Promise<void> {
  await open(key(name));
  await expect(page.getByRole("heading", { level: 1 })).toContainText(name);
}

const useIt = (page: Page) => page.getByRole("region", { name: "Use it", exact: true });

async function openTab(page: Page, name: RegExp): Promise<void> {
  const tab = page.getByRole("tab", { name });
  await tab.click();
  await expect(tab).toHaveAttribute("aria-selected", "true");
}

export const KEY: readonly Shot[] = [
  {
    name: "key",
    about: "Everything about one key",
    views: EVERYWHERE,
    scene: (stage) => openKey(stage, "Shop backend"),
  },
  {
    name: "key-use",
    about: "How the key is used, as text to paste: curl, three languages, gateways",
    scene: async (stage) => {
      await openKey(stage, "Shop backend");
      await useIt(stage.page).getByRole("radio", { name: "nginx", exact: true }).check();
    },
    ready: async ({ page }) => {
      await useIt(page).evaluate((card) => card.scrollIntoView({ block: "center" }));
    },
  },
  {
    name: "key-requests",
    about: "The latest refused requests of a key",
    views: EVERYWHERE,
    alone: true,
    scene: async (stage) => {
      // Servers forget these requests when they stop.
      const token = stage.token("Shop backend");
      for (const [endpoint, address] of [["chat", "198.51.100.99"], ["embeddings", "203.0.113.9"], ["image", "198.51.100.99"], ["transcribe", "203.0.113.10"]] as const) {
        await send(stage.server, [question(token, endpoint, address)]);
      }
      await openKey(stage, "Shop backend");
      await openTab(stage.page, /^Requests/);
    },
  },
  {
    name: "key-history",
    about: "The history of a key",
    scene: async (stage) => {
      await openKey(stage, "Shop backend");
      await openTab(stage.page, /^History/);
    },
  },
  {
    name: "key-why",
    about: "Why denied? explains how a request would be decided",
    views: EVERYWHERE,
    scene: async ({ open, page, key }) => {
      await open(`${key("Shop backend")}?method=POST&path=/api/v1/embeddings&address=198.51.100.99`);
      await expect(page.getByRole("region", { name: "Why denied?", exact: true }).getByText("Denied here", { exact: true })).toBeVisible();
    },
    ready: async ({ page }) => {
      await page.getByRole("region", { name: "Why denied?", exact: true }).evaluate((section) => section.scrollIntoView());
    },
  },
  {
    name: "key-expired",
    about: "A key that has expired",
    scene: (stage) => openKey(stage, "Price tracker"),
  },
  {
    name: "key-failed",
    about: "A key that failed",
    scene: (stage) => openKey(stage, "Old laptop"),
  },
];
