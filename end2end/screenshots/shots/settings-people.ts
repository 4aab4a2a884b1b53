// Settings: people, and what each keeps safe.

import { expect } from "@playwright/test";
import { dialog, press, question, rowOf } from "../../tests/journeys.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";
import { code, secondFactorSecret } from "./entry.ts";

export const PEOPLE_SETTINGS: readonly Shot[] = [
  {
    name: "users",
    about: "Settings → Users: people, their roles, and open invitations",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/settings/users");
      await expect(rowOf(page, "Users", "ada.iyer@example.com")).toBeVisible();
    },
  },
  {
    name: "user-invite",
    about: "An invitation link, which works once",
    scene: async ({ open, page }) => {
      await open("/settings/users/invite");
      const invite = dialog(page, "Invite User");
      await invite.getByRole("textbox", { name: "Email", exact: true }).fill("noor.haddad@example.com");
      await press(invite, "Invite User");
      await expect(invite.getByRole("textbox", { name: "Invitation link", exact: true })).toBeVisible();
    },
  },
  {
    name: "user-role",
    about: "A person gets another role",
    scene: async ({ open, page }) => {
      await open("/settings/users");
      await page.getByRole("link", { name: "Change role of Lin Chen", exact: true }).click();
      await expect(dialog(page, "Change Role")).toBeVisible();
    },
  },
  {
    name: "user-reset",
    about: "A link for a person who has forgotten the password",
    scene: async ({ open, page }) => {
      await open("/settings/users");
      await page.getByRole("link", { name: "Password reset link for Lin Chen", exact: true }).click();
      await expect(dialog(page, "Password Reset Link")).toBeVisible();
    },
  },
  {
    name: "user-keys",
    about: "The keys of a person who has left go to another one",
    scene: async ({ open, page }) => {
      await open("/settings/users");
      await page.getByRole("link", { name: "Transfer keys of Sofia Marques", exact: true }).click();
      await expect(dialog(page, "Transfer Keys")).toBeVisible();
    },
  },
  {
    name: "user-disable",
    about: "The question before a person is disabled",
    scene: async ({ open, page }) => {
      await open("/settings/users");
      await page.getByRole("link", { name: "Disable Tom Okafor", exact: true }).click();
      await expect(question(page, "Disable User")).toBeVisible();
    },
  },
  {
    name: "security",
    about: "Settings → Security: password, second factor, sessions",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/settings/security");
      await expect(page.getByRole("table", { name: "Sessions", exact: true })).toBeVisible();
    },
  },
  {
    name: "second-factor",
    about: "A second factor is set up",
    scene: async (stage) => {
      await secondFactorSecret(stage);
      await expect(stage.page.getByRole("img", { name: "QR code for your authenticator app", exact: true })).toBeVisible();
    },
  },
  {
    name: "recovery-codes",
    about: "Recovery codes, each of which works once",
    alone: true,
    scene: async (stage) => {
      const { page } = stage;
      const secret = await secondFactorSecret(stage);
      await page.getByRole("textbox", { name: "Code", exact: true }).fill(code(secret));
      await press(dialog(page, "Set up second factor"), "Turn on");
      await expect(dialog(page, "Save your recovery codes")).toBeVisible();
    },
  },
];
