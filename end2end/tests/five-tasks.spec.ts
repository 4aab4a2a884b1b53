// What a stranger finds from Home without being told where it is: five tasks, each in at most four clicks.

import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import {
  LIVE_TOKEN, OWNER, WITH_OWNER, addPerson, arriveLoggedIn, dialog, dialogs, keyNamed, mintKey, row, rowOf, verify,
} from "./journeys.ts";

/** The most clicks that a task may take. */
const MOST_CLICKS = 4;

/** Keys of services that a company would have, newest last. */
const SERVICES = ["Storybook", "Search suggestions", "Returns desk", "Fraud signals", "Size advisor", "Mobile app, iOS", "Nightly evaluation", "Shop backend"];

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(async ({ context, server, open }) => {
  const leaver = addPerson(server, "developer", "sofia.marques");
  addPerson(server, "developer", "jonas.weber");
  addPerson(server, "viewer", "tom.okafor");
  for (const name of SERVICES) mintKey(server, name, "--endpoint", "chat");
  await create(context, "Catalogue tagging", leaver);
  await create(context, "Price tracker", leaver);
  await arriveLoggedIn(context);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open("/");
});

/** Creates a key as this person, in a session that the owner's replaces. */
async function create(context: Parameters<typeof arriveLoggedIn>[0], name: string, person: Parameters<typeof arriveLoggedIn>[1]): Promise<void> {
  await arriveLoggedIn(context, person);
  const form = { name, environment: "default", endpoints: "only", endpoint: "chat", expires: "never" };
  const answer = await context.request.post("/keys/new", { form });
  expect(answer.ok(), await answer.text()).toBe(true);
}

/** A stranger at a page, whose clicks are counted. */
class Stranger {
  readonly page: Page;
  #clicks: string[] = [];

  constructor(page: Page) {
    this.page = page;
  }

  async click(target: Locator): Promise<void> {
    await target.click();
    this.#clicks.push(target.toString());
  }

  /** Follows an entry of the sidebar. */
  async choose(screen: string): Promise<void> {
    await this.click(this.page.getByRole("navigation").getByRole("link", { name: screen, exact: true }));
    await expect(this.page.getByRole("heading", { level: 1, name: screen, exact: true })).toBeVisible();
  }

  /** The task is done. */
  done(): void {
    expect(this.#clicks.length, this.#clicks.join("\n")).toBeLessThanOrEqual(MOST_CLICKS);
  }
}

test("a key for one endpoint is created", async ({ page, server }) => {
  const stranger = new Stranger(page);
  await stranger.click(page.getByRole("main").getByRole("link", { name: "API Keys", exact: true }));
  await stranger.click(page.getByRole("link", { name: "Create API Key", exact: true }));
  const form = dialogs.create(page);
  await stranger.click(form.getByRole("checkbox", { name: "Image", exact: true }));
  await stranger.click(form.getByRole("button", { name: "Create API Key", exact: true }));
  const token = dialogs.save(page).getByRole("textbox", { name: "API key", exact: true });
  await expect(token).toHaveValue(LIVE_TOKEN);
  stranger.done();
  await expect(dialogs.save(page).getByText("Active", { exact: true })).toBeVisible();
  const value = await token.inputValue();
  expect(await verify(server, value, "image")).toBe("VALID");
  expect(await verify(server, value, "chat")).toBe("FORBIDDEN");
});

test("the key that was refused most today is found", async ({ page, server, open }) => {
  for (const [name, times] of [["Billing export", 2], ["Partner: Northwind", 5], ["Press review", 3]] as const) {
    const token = mintKey(server, name, "--endpoint", "chat");
    for (let count = 0; count < times; count++) expect(await verify(server, token, "image")).toBe("FORBIDDEN");
  }
  await open("/");
  const stranger = new Stranger(page);
  const refused = page.getByRole("region", { name: "Most refused keys", exact: true });
  await expect(refused.getByRole("link").first()).toHaveText("Partner: Northwind Image not granted 5 refused");
  await expect(refused.getByRole("link").first()).toBeInViewport();
  // The next question is what was refused.
  await stranger.click(refused.getByRole("link").first());
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Partner: Northwind");
  stranger.done();
});

test("who disabled a key is found", async ({ page, server, context, open }) => {
  const { id } = keyNamed(server, "Fraud signals");
  const answer = await context.request.post(`/keys/${id}/disable`);
  expect(answer.ok(), await answer.text()).toBe(true);
  server.run(["key", "disable", keyNamed(server, "Returns desk").id]);
  await open("/");
  const stranger = new Stranger(page);
  await stranger.choose("API Keys");
  await page.getByRole("searchbox", { name: "Search keys", exact: true }).fill("fraud");
  await expect(row(page, "Shop backend")).toBeHidden();
  await stranger.click(row(page, "Fraud signals").getByRole("link", { name: "Fraud signals", exact: true }));
  await expect(page.getByText(`Disabled by ${OWNER.email}`)).toBeVisible();
  stranger.done();
  await open(`/keys/${keyNamed(server, "Returns desk").id}`);
  await expect(page.getByText("Disabled on the command line")).toBeVisible();
  // A key that works again does not say so any more.
  await open(`/keys/${id}`);
  await page.getByRole("button", { name: "Enable Fraud signals", exact: true }).click();
  await expect(page.getByText(`Disabled by ${OWNER.email}`)).toBeHidden();
});

test("the key of an environment is copied", async ({ page, server }) => {
  const stranger = new Stranger(page);
  await stranger.choose("Settings");
  const environment = rowOf(page, "Environments", "default");
  await stranger.click(environment.getByRole("button", { name: "Copy API key for default", exact: true }));
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toMatch(LIVE_TOKEN);
  stranger.done();
  expect(await verify(server, await copied())).toBe("VALID");
});

test("a leaver's keys are given to somebody else", async ({ page }) => {
  const stranger = new Stranger(page);
  await stranger.choose("Settings");
  await stranger.click(page.getByRole("tab", { name: "Users", exact: true }));
  const keys = (email: string) => rowOf(page, "Users", email).getByRole("cell").nth(4);
  await expect(keys("sofia.marques@example.com")).toHaveText("2");
  await stranger.click(page.getByRole("link", { name: "Transfer keys of sofia.marques", exact: true }));
  const transfer = dialog(page, "Transfer Keys");
  await expect(transfer).toContainText("2 keys get another owner.");
  // The field has the focus, and suggests people.
  await page.keyboard.type("jonas");
  await expect(transfer.getByRole("option")).toHaveText(["jonas.weber jonas.weber@example.com"]);
  await page.keyboard.press("Enter");
  await expect(transfer.getByRole("combobox", { name: "Person", exact: true })).toHaveValue("jonas.weber@example.com");
  await stranger.click(transfer.getByRole("button", { name: "Transfer keys", exact: true }));
  await expect(transfer).toBeHidden();
  await expect(keys("jonas.weber@example.com")).toHaveText("2");
  await expect(keys("sofia.marques@example.com")).toHaveText("0");
  stranger.done();
});
