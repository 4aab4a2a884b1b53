import { expect, interactive, test } from "./fixture.ts";
import { OWNER, WITH_OWNER, arriveLoggedIn, enter, logIn, logOut } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

const SCREENS = ["/", "/keys", "/keys/new", "/keys/key_0123456789/delete", "/setup", "/no/such/page"];

test("a wrong password and an unknown address get the same answer, and the address stays", async ({ page, allowConsole }) => {
  allowConsole(/status of 401/);
  await page.goto("/login");
  for (const person of [
    { ...OWNER, password: "wrong horse battery" },
    { ...OWNER, email: "nobody@example.com" },
  ]) {
    await enter(page, person, "Log in");
    await expect(page.getByRole("alert")).toHaveText("The e-mail address or the password is wrong.");
    await expect(page.getByRole("textbox", { name: "Email", exact: true })).toHaveValue(person.email);
    await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
  }
  await enter(page, OWNER, "Log in");
  await expect(page).toHaveURL("/");
});

test("a person logs in, sees the console and logs out through the user menu", async ({ page }) => {
  await logIn(page);
  await interactive(page);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("AI Console");
  await page.getByRole("main").getByRole("link", { name: "API Keys", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("API Keys");
  await logOut(page);
  await page.goto("/keys");
  await expect(page).toHaveURL("/login");
});

test("without a session, every screen leads to the login with every Accept header", async ({ request }) => {
  for (const path of SCREENS) {
    for (const accept of ["text/html", "application/json", "*/*", "image/png"]) {
      const answer = await request.get(path, { headers: { accept }, maxRedirects: 0 });
      expect([path, accept, answer.status(), answer.headers()["location"]]).toEqual([path, accept, 303, "/login"]);
    }
  }
});

test("without a session, no form and no server function does anything", async ({ request }) => {
  const answers = [
    await request.post("/api/keys/list", { data: { query: {} }, maxRedirects: 0 }),
    await request.post("/keys/new", { form: { name: "x", environment: "default" }, maxRedirects: 0 }),
  ];
  expect(answers.map((answer) => answer.status())).toEqual([401, 401]);
  for (const verb of ["delete", "disable", "enable"]) {
    const answer = await request.post(`/keys/key_0123456789/${verb}`, { maxRedirects: 0 });
    expect([answer.status(), answer.headers()["location"]]).toEqual([303, "/login"]);
  }
});

test("a form of another site is refused", async ({ page, context, allowConsole }) => {
  allowConsole(/status of 403/);
  await arriveLoggedIn(context);
  await page.goto("/");
  const action = new URL("/keys/new", page.url()).href;
  const html = `<form method="post" action="${action}"><input name="name" value="theirs"><button>Win</button></form>`;
  await page.route("http://other.example/", (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.goto("http://other.example/");
  const refused = page.waitForResponse(action);
  await page.getByRole("button", { name: "Win" }).click();
  expect((await refused).status()).toBe(403);
});

for (const path of ["/login", "/logout", "/keys/new", "/api/keys/disable", "/api/keys/delete"]) {
  test(`a post to ${path} from another origin gets 403`, async ({ context }) => {
    await arriveLoggedIn(context);
    const headers = { "origin": "https://other.example", "sec-fetch-site": "cross-site" };
    const answer = await context.request.post(path, { headers, form: OWNER, maxRedirects: 0 });
    expect(answer.status()).toBe(403);
  });
}

test("pages and answers of the verifier have protective headers", async ({ context, server }) => {
  const guarded = {
    "cache-control": "no-store, no-transform",
    "x-content-type-options": "nosniff",
    "referrer-policy": expect.stringMatching(/./),
    "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
  };
  const nonces = new Set<string>();
  const expectPage = async (path: string) => {
    const answer = await context.request.get(path);
    expect(answer.headers(), path).toMatchObject(guarded);
    const policy = answer.headers()["content-security-policy"] ?? "";
    expect(policy).not.toContain("unsafe-inline");
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    const html = await answer.text();
    const scripts = html.match(/<script[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
    expect(html).not.toMatch(/<[^>]+\s(style|on\w+)=/);
    nonces.add(nonce);
  };
  await expectPage("/login");
  await arriveLoggedIn(context);
  await expectPage("/");
  await expectPage("/keys");
  await expectPage("/keys/new");
  expect(nonces.size).toBe(4);
  const answer = await fetch(`${server.url}/v1/authorize`);
  expect(Object.fromEntries(answer.headers)).toMatchObject({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
});
