import { expect, interactive, type Server, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, enter, logIn } from "./journeys.ts";

/** The setup link that a new server prints. */
async function setupLink(server: Server): Promise<string> {
  const links = () => server.log.match(/http:\/\/\S+\/setup\?link=\w+/g) ?? [];
  await expect.poll(links).toHaveLength(1);
  return links()[0] ?? "";
}

test("a fresh server sends every screen to the page that says where the link is", async ({ page, open, request }) => {
  for (const path of ["/", "/login", "/reset", "/keys", "/keys/new", "/no/such/page"]) {
    const answer = await request.get(path, { maxRedirects: 0 });
    expect([path, answer.status(), answer.headers()["location"]]).toEqual([path, 303, "/setup"]);
  }
  await open("/");
  await expect(page).toHaveURL("/setup");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Open the link from the log");
  await expect(page.getByRole("textbox")).toHaveCount(0);
});

test("the person who opens the link chooses a good password and becomes the owner", async ({ page, server, allowConsole }) => {
  allowConsole(/status of 422/);
  await page.goto(await setupLink(server));
  const email = page.getByRole("textbox", { name: "Email", exact: true });
  const password = page.getByLabel("Password", { exact: true });
  for (const [weak, why] of [["short", /12 characters or more; 7 are missing/], ["password1234", /less common/]] as const) {
    await enter(page, { ...OWNER, password: weak }, "Create owner");
    await expect(password).toHaveAccessibleDescription(why);
    await expect(password).toHaveAttribute("aria-invalid", "true");
    await expect(password).toHaveValue("");
    await expect(email).toHaveValue(OWNER.email);
  }
  await enter(page, OWNER, "Create owner");
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("AI Console");
  await interactive(page);
});

test("the setup link works once", async ({ page, request, server }) => {
  const link = await setupLink(server);
  await page.goto(link);
  await enter(page, OWNER, "Create owner");
  await expect(page).toHaveURL("/");

  const stranger = { email: "mallory@example.com", password: "another horse battery" };
  for (const answer of [
    await request.get(link, { maxRedirects: 0 }),
    await request.post(link, { form: stranger, maxRedirects: 0 }),
  ]) {
    expect([answer.status(), answer.headers()["location"]]).toEqual([303, "/login"]);
  }
  expect((await request.post("/login", { form: stranger })).status()).toBe(401);
});

test("a made-up link shows no form and says what helps", async ({ page, open, allowConsole }) => {
  allowConsole(/status of 410/);
  await open("/setup?link=madeup");
  await expect(page.getByRole("alert")).toHaveText("This link was used already, or it is too old.");
  await expect(page.getByText("Restart the server and it prints a new one.")).toBeVisible();
  await expect(page.getByRole("textbox")).toHaveCount(0);
});

test.describe("with an owner from the environment", () => {
  test.use({ serverEnvironment: WITH_OWNER });

  test("the owner logs in at once and the log has no link", async ({ page, server }) => {
    await logIn(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("AI Console");
    expect(server.log).not.toContain("/setup?link=");
    expect(server.log).not.toContain(OWNER.password);
  });
});
