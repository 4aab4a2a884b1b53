import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "./fixture.ts";
import { LIVE_TOKEN, OWNER, WITH_OWNER, keyNamed, listKeys, logIn, mintKey, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("a key lives by the command line and the running server follows", async ({ server }) => {
  const made = server.run(["key", "create", "--environment", "default", "--name", "Shop", "--endpoint", "chat"]);
  expect(made.split("\n")).toEqual([expect.stringMatching(LIVE_TOKEN), ""]);
  const token = made.trim();
  expect(await verify(server, token, "chat")).toBe("VALID");
  expect(await verify(server, token, "image")).toBe("FORBIDDEN");

  const shop = keyNamed(server, "Shop");
  expect(shop).toMatchObject({ status: "active", masked: `sk_live_…${token.slice(-4)}`, environment: "default" });
  for (const [verb, code] of [["disable", "INACTIVE"], ["enable", "VALID"], ["delete", "NOT_FOUND"]] as const) {
    server.run(["key", verb, shop.id]);
    await expect.poll(() => verify(server, token), { timeout: 1_000, intervals: [50] }).toBe(code);
  }
  expect(listKeys(server)).toEqual([]);
});

test("a key made while no server runs is active when one starts", async ({ server }) => {
  await server.stop();
  const token = mintKey(server, "Shop", "--expires", "90d");
  expect(keyNamed(server, "Shop").status).toBe("active");
  await server.start();
  expect(await verify(server, token)).toBe("VALID");
});

test("tokens are checked offline", async ({ server }) => {
  const token = mintKey(server, "Shop");
  expect(server.run(["check", token])).toBe(`sk_live_…${token.slice(-4)}: well-formed, live\n`);
  const mistyped = `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`;
  expect(() => server.run(["check", mistyped])).toThrow(/failed \(1\):\ntoken 1: not a token: its checksum is wrong/);
  expect(() => server.run(["check", token, "hello"])).toThrow(/failed \(1\)/);
});

test("many tokens go to a file that only its owner can read", async ({ server }) => {
  const file = join(server.dataDir, "tokens");
  expect(mintKey(server, "Batch", "--count", "3", "--output", file)).toBe("");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const tokens = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(new Set(tokens).size).toBe(3);
  for (const token of tokens) expect(await verify(server, token)).toBe("VALID");
});

test("what a command cannot do it says, with exit status 1", async ({ server }) => {
  expect(() => server.run(["key", "disable", "key_0123456789"])).toThrow(/failed \(1\):\nlatchkey: There is no key/);
  expect(() => mintKey(server, " ")).toThrow(/failed \(1\):\nlatchkey: Give the key a name/);
  expect(() => mintKey(server, "Shop", "--endpoint", "video")).toThrow(/failed \(1\):\nlatchkey: There is no endpoint "video"/);
  expect(listKeys(server)).toEqual([]);
});

test("a person added by the command line logs in", async ({ page, server }) => {
  const person = { email: "dev@example.com", password: "a battery of horses" };
  server.run(["user", "add", "--email", person.email, "--role", "developer"], `${person.password}\n`);
  await logIn(page, person);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("AI Console");
});

test("a person who forgot the password chooses a new one by a link that works once", async ({ page, request, server, allowConsole }) => {
  allowConsole(/status of 403/);
  const link = server.run(["user", "reset", "--email", OWNER.email]).trim();
  const password = "a battery of horses";
  const choose = async () => {
    await page.goto(link);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Save password", exact: true }).click();
  };
  await choose();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("AI Console");
  expect((await request.post("/login", { form: OWNER })).status()).toBe(401);
  expect((await request.post("/login", { form: { ...OWNER, password }, maxRedirects: 0 })).status()).toBe(303);
  await page.context().clearCookies();
  await choose();
  await expect(page.getByRole("alert")).toHaveText("This link was used already, or it is too old.");
});
