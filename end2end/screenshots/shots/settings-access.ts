// Settings: what keys may call and where, and the programs and servers beside the people.

import { expect } from "@playwright/test";
import { dialog, forgetPasswordOnce, nameField, press, question, rowOf, rowWith } from "../../tests/journeys.ts";
import { clockAtNow } from "../clock.ts";
import { place } from "../place.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";

export const ACCESS_SETTINGS: readonly Shot[] = [
  {
    name: "environments",
    about: "Settings → Environments: each with a key of its own",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/settings");
      await expect(rowWith(page, "Environments", "Rename production")).toBeVisible();
    },
  },
  {
    name: "environment-revealed",
    about: "An environment's key is revealed",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/settings");
      await press(page, "Reveal API key for production");
      await expect(rowWith(page, "Environments", "Rename production")).toContainText(/sk_live_\w{36}/);
    },
  },
  {
    name: "confirm-password",
    about: "Revealing a key asks for the password again",
    complaint: /status of 401/,
    scene: async ({ open, page }) => {
      await open("/settings");
      await forgetPasswordOnce(page, "environments/reveal");
      await press(page, "Reveal API key for production");
      await expect(dialog(page, "Confirm your password")).toBeVisible();
    },
  },
  {
    name: "environment-create",
    about: "An environment is created",
    scene: async ({ open, page }) => {
      await open("/settings/environments/new");
      await nameField(dialog(page, "Create Environment")).fill("sandbox");
    },
  },
  {
    name: "environment-rename",
    about: "An environment gets another name",
    scene: async ({ open, page }) => {
      await open("/settings");
      await page.getByRole("link", { name: "Rename production", exact: true }).click();
      await expect(dialog(page, "Rename Environment")).toBeVisible();
    },
  },
  {
    name: "environment-rotate",
    about: "The key of an environment gets a new token",
    scene: async ({ open, page }) => {
      await open("/settings");
      await page.getByRole("link", { name: "Rotate API key for production", exact: true }).click();
      await expect(dialog(page, "Rotate API Key")).toBeVisible();
    },
  },
  {
    name: "endpoints",
    about: "Settings → Endpoints: the catalogue of what keys may call",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/settings/endpoints");
      await expect(rowOf(page, "Endpoints", "check-bias")).toBeVisible();
    },
  },
  {
    name: "endpoint-add",
    about: "An endpoint is added",
    scene: async ({ open, page }) => {
      await open("/settings/endpoints");
      await page.getByRole("link", { name: "Add Endpoint", exact: true }).click();
      const add = dialog(page, "Add Endpoint");
      await add.getByRole("textbox", { name: "Title", exact: true }).fill("Speech");
      await add.getByRole("textbox", { name: "Name", exact: true }).fill("speech");
      await add.getByRole("textbox", { name: "Methods and paths", exact: true }).fill("POST /api/v1/audio/speech\nGET /api/v1/audio/voices/{voice}");
    },
  },
  {
    name: "endpoint-retire",
    about: "The question before an endpoint is retired",
    scene: async ({ open, page }) => {
      await open("/settings/endpoints");
      await page.getByRole("link", { name: "Retire Image", exact: true }).click();
      await expect(question(page, "Retire Endpoint")).toBeVisible();
    },
  },
  {
    name: "service-accounts",
    about: "Settings → Service Accounts: programs that use the management API",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/settings/service-accounts");
      await expect(rowOf(page, "Service Accounts", "sign-up")).toBeVisible();
    },
  },
  {
    name: "service-account-create",
    about: "A service account is created",
    scene: async ({ open, page }) => {
      await open("/settings/service-accounts");
      await page.getByRole("link", { name: "Create Service Account", exact: true }).click();
      await nameField(dialog(page, "Create Service Account")).fill("billing");
    },
  },
  {
    name: "service-token",
    about: "The token of a service account is shown once",
    scene: async ({ open, page }) => {
      await open("/settings/service-accounts");
      await page.getByRole("link", { name: "Create Service Account", exact: true }).click();
      const create = dialog(page, "Create Service Account");
      await nameField(create).fill("billing");
      await press(create, "Create Service Account");
      await expect(dialog(page, "Save your service token")).toBeVisible();
    },
  },
  {
    name: "service-account-delete",
    about: "The question before a service account is deleted",
    scene: async ({ open, page }) => {
      await open("/settings/service-accounts");
      await page.getByRole("link", { name: "Delete sign-up", exact: true }).click();
      await expect(question(page, "Delete Service Account")).toBeVisible();
    },
  },
  {
    name: "nodes",
    about: "Settings → Nodes: which servers share the database, and what each has applied",
    views: EVERYWHERE,
    alone: true,
    scene: async ({ open, page, server, end }) => {
      const names = ["node-b", "node-c"];
      for (const name of names) {
        const other = await server.beside({ ...(await place()), ...clockAtNow(), LATCHKEY_NODE_NAME: name });
        end(() => other.crash());
        if (name === "node-c") other.pause();
      }
      await open("/settings/nodes");
      await expect(rowOf(page, "Nodes", "node-b")).toContainText("In step");
      await expect(rowOf(page, "Nodes", "node-c")).toContainText("Silent until", { timeout: 30_000 });
    },
  },
];
