// The first start and the login.

import { expect } from "@playwright/test";
import { interactive } from "../../tests/fixture.ts";
import { dialog, enter, press } from "../../tests/journeys.ts";
import { totp } from "../../tests/totp.ts";
import { NOW } from "../clock.ts";
import { PEOPLE } from "../people.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";
import type { Stage } from "../stage.ts";

const HALF_MINUTE = 30_000;
const SECRET = /[A-Z2-7]{4}(?: [A-Z2-7]{4}){7}/;

/** The code that an authenticator app shows at the time of the server. */
export function code(secret: string): string {
  return totp(secret.replaceAll(" ", ""), Math.floor(NOW / HALF_MINUTE) - Math.floor(Date.now() / HALF_MINUTE));
}

/** Opens the dialog that sets up a second factor, and returns the secret. */
export async function secondFactorSecret({ open, page }: Pick<Stage, "open" | "page">): Promise<string> {
  await open("/settings/security/second-factor");
  const setUp = dialog(page, "Set up second factor");
  await expect(setUp).toContainText(SECRET);
  return SECRET.exec((await setUp.textContent()) ?? "")?.[0] ?? "";
}

export const ENTRY: readonly Shot[] = [
  {
    name: "setup-link",
    about: "A new server says where to find the link that creates the owner",
    data: "none",
    scene: (stage) => stage.open("/setup"),
  },
  {
    name: "setup",
    about: "The owner is created",
    data: "none",
    scene: async ({ open, page, server }) => {
      const link = () => /\/setup\?link=\w+/.exec(server.log)?.[0] ?? "";
      await expect.poll(link).not.toBe("");
      await open(link());
      await page.getByRole("textbox", { name: "Email", exact: true }).fill(PEOPLE.mara.email);
    },
  },
  {
    name: "login",
    about: "The login",
    views: EVERYWHERE,
    as: "nobody",
    scene: (stage) => stage.open("/login"),
  },
  {
    name: "login-refused",
    about: "A wrong password and an unknown address get the same answer",
    complaint: /status of 401/,
    as: "nobody",
    scene: async ({ open, page }) => {
      await open("/login");
      await enter(page, { ...PEOPLE.mara, password: "wrong horse battery" }, "Log in");
      await expect(page.getByRole("alert")).toBeVisible();
    },
  },
  {
    name: "login-code",
    about: "The second factor at the login",
    alone: true,
    scene: async (stage) => {
      const { page } = stage;
      const secret = await secondFactorSecret(stage);
      await page.getByRole("textbox", { name: "Code", exact: true }).fill(code(secret));
      await press(dialog(page, "Set up second factor"), "Turn on");
      await expect(dialog(page, "Save your recovery codes")).toBeVisible();
      await page.goto("about:blank");
      await page.context().clearCookies();
      await stage.goTo("/login");
      await enter(page, PEOPLE.mara, "Log in");
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Enter your code");
      await interactive(page);
    },
  },
  {
    name: "invitation",
    about: "An invited person joins",
    scene: async ({ open, page, server }) => {
      const link = await page.evaluate(async () => {
        const form = { email: "noor.haddad@example.com", role: "developer" };
        const answer = await fetch("/api/users/invite", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ form }) });
        return ((await answer.json()) as { Done: { url: string } }).Done.url;
      });
      await page.context().clearCookies();
      const { pathname, search } = new URL(link, server.url);
      await open(pathname + search);
      await page.getByRole("textbox", { name: "Your name", exact: true }).fill("Noor Haddad");
    },
  },
];
