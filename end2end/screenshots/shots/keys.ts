// The list of keys.

import { type Page, expect } from "@playwright/test";
import { row } from "../../tests/journeys.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";

const bar = (page: Page) => page.getByRole("region", { name: "Selected keys", exact: true });

async function select(page: Page, names: readonly string[]): Promise<void> {
  for (const name of names) await page.getByRole("checkbox", { name: `Select ${name}`, exact: true }).check();
  await expect(bar(page)).toBeVisible();
}

export const KEYS: readonly Shot[] = [
  {
    name: "keys-first",
    about: "The list of a new console says how to begin",
    data: "owner",
    scene: async ({ open, page }) => {
      await open("/keys");
      await expect(page.getByRole("heading", { name: "Create your first API key", exact: true })).toBeVisible();
    },
  },
  {
    name: "keys",
    about: "The list of keys",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/keys?environment=production");
      await expect(row(page, "Shop backend")).toBeVisible();
    },
  },
  {
    name: "keys-search",
    about: "Keys are found by name, key ID and the last four characters",
    scene: async ({ open, page }) => {
      await open("/keys?environment=&search=partner");
      await expect(row(page, "Partner: Northwind Traders")).toBeVisible();
    },
  },
  {
    name: "keys-tag",
    about: "Keys with a tag",
    scene: async ({ open, page }) => {
      await open("/keys?environment=&tag=shop");
      await expect(row(page, "Shop backend")).toBeVisible();
    },
  },
  {
    name: "keys-filter",
    about: "Filters of the list",
    scene: async ({ open, page }) => {
      await open("/keys?environment=&status=inactive");
      await page.getByRole("button", { name: /^Status/ }).click();
      await expect(page.getByRole("checkbox", { name: "Inactive", exact: true })).toBeVisible();
    },
  },
  {
    name: "keys-views",
    about: "Filters are kept under a name",
    scene: async ({ open, page }) => {
      await open("/keys?environment=&status=inactive");
      await page.getByRole("button", { name: "Views", exact: true }).click();
      await page.getByRole("textbox", { name: "Save these filters as", exact: true }).fill("Stopped keys");
      await page.getByRole("button", { name: "Save view", exact: true }).click();
      await expect(page.getByRole("link", { name: "Stopped keys", exact: true })).toBeVisible();
    },
  },
  {
    name: "keys-attention",
    about: "Keys that expire soon, as Home links to them",
    scene: async ({ open, page }) => {
      await open("/keys?environment=&attention=expiring");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("API Keys");
    },
  },
  {
    name: "keys-nothing",
    about: "No key matches",
    scene: async ({ open, page }) => {
      await open("/keys?environment=&search=nothing&status=failed");
      await expect(page.getByRole("heading", { name: "No key matches", exact: true })).toBeVisible();
    },
  },
  {
    name: "keys-selected",
    about: "Selected keys are changed together",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/keys?environment=production");
      await select(page, ["Size advisor", "Returns desk", "Fraud signals"]);
    },
  },
  {
    name: "keys-delete-selected",
    about: "The question before several keys are deleted",
    scene: async ({ open, page }) => {
      await open("/keys?environment=production");
      await select(page, ["Size advisor", "Returns desk", "Fraud signals"]);
      await bar(page).getByRole("button", { name: "Delete selected", exact: true }).click();
      await expect(page.getByRole("alertdialog").getByText(/in the last 24 hours/)).toBeVisible();
    },
  },
  {
    name: "keys-viewer",
    about: "The list as a Viewer sees it",
    as: "tom",
    scene: async ({ open, page }) => {
      await open("/keys?environment=production");
      await expect(row(page, "Shop backend")).toBeVisible();
    },
  },
];
