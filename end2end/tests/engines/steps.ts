// Helpers for steps of people in every engine.

import { OWNER } from "../journeys.ts";
import { expect } from "./fixture.ts";
import type { Part, Screen } from "./screen.ts";

export async function logIn(screen: Screen): Promise<void> {
  await screen.open("/login");
  await screen.get("field", "Email").fill(OWNER.email);
  await screen.get("field", "Password").fill(OWNER.password);
  await screen.get("button", "Log in").click();
  await screen.isAt("/");
  await screen.interactive();
}

export async function logOut(screen: Screen): Promise<void> {
  await screen.having("button", "user menu").click();
  await screen.get("button", "Log out").click();
  await screen.isAt("/login");
  await screen.interactive();
}

/** Pastes into a field, and returns the pasted text. */
export async function paste(screen: Screen, field: Part): Promise<string> {
  await field.fill("x");
  await screen.press("Control+a");
  await screen.press("Control+v");
  await expect.poll(() => field.read()).not.toBe("x");
  return field.read();
}
