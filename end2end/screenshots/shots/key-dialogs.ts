// The dialogs that make, change and delete keys.

import { type Page, expect } from "@playwright/test";
import { dialog, dialogs, nameField, shownToken, submitKey } from "../../tests/journeys.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";
import type { Stage } from "../stage.ts";

/** How far behind the computer's clock is in the pictures about clocks. */
const BEHIND_MS = 192_000;

const endpoint = (page: Page, title: string) => dialogs.create(page).getByRole("checkbox", { name: title, exact: true });

async function openForm({ open, page }: Stage): Promise<void> {
  await open("/keys/new");
  await nameField(dialogs.create(page)).fill("Chat in the shop");
  await dialogs.create(page).getByRole("combobox", { name: "Environment", exact: true }).selectOption("production");
  await endpoint(page, "Chat").check();
}

async function becomesActive(page: Page): Promise<void> {
  await expect(dialogs.save(page).getByRole("status").getByRole("listitem").last()).toHaveText(/^Active/);
}

export const DIALOGS: readonly Shot[] = [
  { name: "create", about: "A key is created", views: EVERYWHERE, scene: openForm },
  {
    name: "create-limits",
    about: "A new key's limits and addresses",
    scene: async (stage) => {
      await openForm(stage);
      const form = dialogs.create(stage.page);
      await form.getByText("Rate limit and allowed addresses", { exact: true }).click();
      await form.getByLabel("Requests a second", { exact: true }).fill("20");
      await form.getByRole("textbox", { name: "Allowed addresses", exact: true }).fill("203.0.113.0/24");
    },
  },
  {
    name: "create-mistakes",
    about: "What is missing is said at its field",
    scene: async (stage) => {
      const { open, page } = stage;
      await open("/keys/new");
      await nameField(dialogs.create(page)).fill("");
      await dialogs.create(page).getByRole("radio", { name: "Only these", exact: true }).check();
      await submitKey(page);
      await expect(dialogs.create(page).getByText("Give the key a name.")).toBeVisible();
    },
  },
  {
    name: "create-clock",
    about: "A warning that this computer's clock is wrong",
    scene: async (stage) => {
      await stage.page.clock.setFixedTime(stage.pageTime - BEHIND_MS);
      await openForm(stage);
      await expect(dialogs.create(stage.page).getByRole("alert")).toContainText("behind the server's");
    },
  },
  {
    name: "save",
    about: "The token is shown once, while the key becomes active",
    views: EVERYWHERE,
    scene: async (stage) => {
      await openForm(stage);
      await submitKey(stage.page);
      await shownToken(stage.page);
      await becomesActive(stage.page);
    },
  },
  {
    name: "save-asks",
    about: "The dialog asks before a token is lost that was not copied",
    scene: async (stage) => {
      const { page } = stage;
      await openForm(stage);
      await submitKey(page);
      await shownToken(page);
      await becomesActive(page);
      await page.keyboard.press("Escape");
      await expect(dialogs.save(page).getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "save-failed",
    about: "A key whose clocks disagree fails, and says why",
    scene: async (stage) => {
      await stage.page.clock.setFixedTime(stage.pageTime - BEHIND_MS);
      await openForm(stage);
      await submitKey(stage.page);
      await expect(dialog(stage.page, "This API key failed").getByRole("status")).toContainText("behind the server's");
    },
  },
  {
    name: "edit",
    about: "A key is edited; its endpoints are locked",
    views: EVERYWHERE,
    scene: async (stage) => {
      await stage.open(`${stage.key("Shop backend")}/edit`);
      await expect(nameField(dialogs.edit(stage.page))).toHaveValue("Shop backend");
    },
  },
  {
    name: "duplicate",
    about: "A new key like another one",
    scene: async (stage) => {
      const { page } = stage;
      await stage.open(stage.key("Shop backend"));
      await page.getByRole("link", { name: "Duplicate Shop backend", exact: true }).click();
      await expect(nameField(dialogs.create(page))).toHaveValue(/Shop backend/);
    },
  },
  {
    name: "rotate",
    about: "A key gets a new token; the old one works on for a while",
    views: EVERYWHERE,
    scene: async (stage) => {
      await stage.open(`${stage.key("Checkout assistant")}/rotate?from=key`);
      await expect(dialogs.rotate(stage.page)).toBeVisible();
    },
  },
  {
    name: "rotated",
    about: "The new token",
    alone: true,
    scene: async (stage) => {
      const { page } = stage;
      await stage.open(`${stage.key("Checkout assistant")}/rotate?from=key`);
      await dialogs.rotate(page).getByRole("radio", { name: "In 24 hours", exact: true }).check();
      await dialogs.rotate(page).getByRole("button", { name: "Rotate API Key", exact: true }).click();
      await shownToken(page);
      await becomesActive(page);
    },
  },
  {
    name: "delete",
    about: "The warning before a key is deleted that is still in use",
    views: EVERYWHERE,
    scene: async (stage) => {
      await stage.open(`${stage.key("Checkout assistant")}/delete`);
      await expect(dialogs.delete(stage.page)).toContainText("Still in use");
    },
  },
];
