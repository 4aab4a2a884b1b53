import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, expect, interactive, loseSession, test } from "./fixture.ts";
import { LIVE_TOKEN, OWNER, WITH_OWNER, keyNamed, listKeys, logIn, mintKey, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test("the running server follows the changes of the command line", async ({ server }) => {
  const made = server.run(["key", "create", "--environment", "default", "--name", "Shop", "--endpoint", "chat"]);
  expect(made.split("\n")).toEqual([expect.stringMatching(LIVE_TOKEN), ""]);
  const token = made.trim();
  expect(await verify(server, token, "chat")).toBe("VALID");
  expect(await verify(server, token, "image")).toBe("FORBIDDEN");

  const shop = keyNamed(server, "Shop");
  expect(shop).toMatchObject({ status: "active", masked: `sk_live_…${token.slice(-4)}`, environment: "default" });
  for (const [verb, code] of [["disable", "INACTIVE"], ["enable", "VALID"], ["delete", "NOT_FOUND"]] as const) {
    const how = verb === "enable" ? "accepted" : "refused";
    expect(server.run(["key", verb, shop.id])).toMatch(new RegExp(`^${verb}d ${shop.id} \\(Shop\\): ${how} on 1 of 1 node after \\d+ ms\n$`));
    // The command reports that the change is in force. The verifier agrees.
    expect(await verify(server, token)).toBe(code);
  }
  expect(listKeys(server)).toEqual([]);
});

test("a command waits for the proof that a key is refused everywhere", async ({ server }) => {
  mintKey(server, "Shop");
  const { id } = keyNamed(server, "Shop");
  expect(server.run(["key", "disable", id, "--wait", "10s"])).toMatch(/^disabled key_\w+ \(Shop\): refused on 1 of 1 node after \d+ ms\n$/);
  const other = await server.beside({ LATCHKEY_NODE_NAME: "node-b", LATCHKEY_STALE_LIMIT: "10s" });
  try {
    expect(server.run(["key", "enable", id, "--wait", "10s"])).toMatch(/: accepted on 2 of 2 nodes after \d+ ms\n$/);
    other.pause();
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    expect(() => server.run(["key", "disable", id, "--wait", "100ms"])).toThrow(
      /failed \(1\):\ndisabled key_\w+ \(Shop\): refused on 1 of 2 nodes after 100 ms; node-b refuses at \d\d:\d\d:\d\d at the latest\n/,
    );
    // The silent node refuses every key before this command ends.
    expect(server.run(["key", "enable", id, "--wait", "20s"])).toMatch(/: accepted on 1 of 1 node after \d\.\d s\n$/);
  } finally {
    await other.crash();
  }
});

test("the proof of a change is printed as JSON", async ({ server }) => {
  mintKey(server, "Shop");
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(JSON.parse(server.run(["proof", "1"]))).toEqual({
    change: 1,
    at: time,
    inForce: true,
    inForceAt: time,
    nodes: [{ id: expect.stringMatching(/^node_/), name: expect.any(String), applied: expect.any(Number), appliedAt: time, inForce: true }],
  });
  expect(() => server.run(["proof", "1000"])).toThrow(/failed \(1\):\nlatchkey: There is no change 1000\./);
});

test("a key created while no server runs is active when one starts", async ({ server }) => {
  await server.stop();
  const token = mintKey(server, "Shop", "--expires", "90d");
  const shop = keyNamed(server, "Shop");
  expect(shop.status).toBe("active");
  expect(server.run(["key", "disable", shop.id])).toBe(`disabled ${shop.id} (Shop)\n`);
  server.run(["key", "enable", shop.id]);
  await server.start();
  expect(await verify(server, token)).toBe("VALID");
});

test("tokens are checked without a server", async ({ server }) => {
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
  // The command overwrites no file, follows no link and creates no key.
  const [link, target] = [join(server.dataDir, "link"), join(server.dataDir, "target")];
  symlinkSync(target, link);
  for (const taken of [file, link]) {
    expect(() => mintKey(server, "Again", "--output", taken)).toThrow(/already exists and is not overwritten/);
  }
  expect(existsSync(target)).toBe(false);
  expect(readFileSync(file, "utf8").trimEnd().split("\n")).toEqual(tokens);
  expect(listKeys(server).filter((key) => key.name === "Again")).toEqual([]);
});

test("a master key that others can read is refused with advice", async ({ server }) => {
  const path = join(server.dataDir, "master.key");
  chmodSync(path, 0o644);
  expect(() => server.run(["key", "list"])).toThrow(/others can read the master key file .*chmod 600 '.*master\.key'/);
  chmodSync(path, 0o600);
  expect(server.run(["key", "list"])).toBe("");
});

test("a person cannot have an invisible name or the name of a program", async ({ server }) => {
  const add = (name: string) => server.run(["user", "add", "--email", "eve@example.com", "--role", "admin", "--name", name], "a battery of horses\n");
  expect(() => add("Mara\u202etto")).toThrow(/A name cannot have the character U\+202E: it changes the direction of text/);
  expect(() => add("Command-Line")).toThrow(/“command line” stands for what is no person/);
  expect(() => mintKey(server, "Shop\u200b")).toThrow(/A name cannot have the character U\+200B: it cannot be seen/);
});

test("the end of the audit log is remembered outside the database", async ({ server }) => {
  mintKey(server, "Shop");
  await server.stop();
  const anchors = readdirSync(server.dataDir).filter((name) => name.endsWith(".anchor"));
  expect(anchors).toHaveLength(1);
  const file = join(server.dataDir, anchors[0]!);
  const anchor = readFileSync(file, "utf8").trim();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(server.log).toContain(`audit anchor ${anchor}`);
  expect(server.run(["audit", "verify", "--expect", anchor])).toMatch(/^chain intact/);
  const [number, mac] = anchor.split(":") as [string, string];
  const other = `${number}:${mac.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}`;
  expect(() => server.run(["audit", "verify", "--expect", other])).toThrow(/failed \(1\):\nThe log does not have the expected event/);
  expect(() => server.run(["audit", "verify", "--expect", "12"])).toThrow(/failed \(2\)/);

  // Restores the whole database from a moment ago. Its chain is intact, but it ends too early.
  const path = join(server.dataDir, "latchkey.db");
  const before = readFileSync(path);
  mintKey(server, "Mail");
  writeFileSync(path, before);
  for (const ending of ["-wal", "-shm"]) rmSync(path + ending, { force: true });
  expect(() => server.run(["audit", "verify"])).toThrow(new RegExp(`failed \\(1\\):\nchain broken at event ${Number(number) + 1}\nThe log was cut off`));
});

test("a command that fails says why and exits with status 1", async ({ server }) => {
  expect(() => server.run(["key", "disable", "key_0123456789"])).toThrow(/failed \(1\):\nlatchkey: There is no key/);
  expect(() => mintKey(server, " ")).toThrow(/failed \(1\):\nlatchkey: Give the key a name/);
  expect(() => mintKey(server, "Shop", "--endpoint", "video")).toThrow(/failed \(1\):\nlatchkey: There is no endpoint “video”/);
  expect(listKeys(server)).toEqual([]);
});

test("a person added by the command line logs in", async ({ page, server }) => {
  const person = { email: "dev@example.com", password: "a battery of horses" };
  server.run(["user", "add", "--email", person.email, "--role", "developer"], `${person.password}\n`);
  await logIn(page, person);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("AI Console");
});

test("a person who forgot the password chooses a new one by a one-time link", async ({ page, request, server, allowConsole }) => {
  allowConsole(/status of 410/);
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
  await loseSession(page);
  await page.goto(link);
  await expect(page.getByRole("button", { name: "Save password", exact: true })).toHaveCount(0);
  await expect(page.getByRole("alert")).toHaveText("This link was used already, or it is too old.");
});

test("the audit log is checked, and an event that was changed in the file is named", async ({ server }) => {
  await server.stop();
  const intact = () => /^chain intact: (\d+) events\n$/.exec(server.run(["audit", "verify"]))?.[1];
  const before = Number(intact());
  mintKey(server, "Shop");
  const number = before + 1;
  expect(intact()).toBe(String(number));
  // Changes the bytes of the file, which avoids all protection. Both words have the same length.
  const path = join(server.dataDir, "latchkey.db");
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf("key.created"); at >= 0; at = bytes.indexOf("key.created", at)) {
    bytes.write("key.deleted", at);
  }
  writeFileSync(path, bytes);
  expect(() => server.run(["audit", "verify"])).toThrow(
    new RegExp(`failed \\(1\\):\nchain broken at event ${number}\nEvent ${number} is not as it was written. The row says now: key.deleted by command line`),
  );
});

test("a backup is made while the server runs and restored while it does not", async ({ server, page, allowConsole }) => {
  // While the server is stopped, the page's stream fails. Then the session of the page has ended.
  allowConsole(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|status of 401/);
  const file = join(server.dataDir, "backup.db");
  const kept = mintKey(server, "Kept");
  expect(server.run(["backup", file])).toContain("The master key is not in it");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(() => server.run(["backup", file])).toThrow(/backup\.db already exists and is not overwritten/);
  const lost = mintKey(server, "Lost");
  expect(() => server.run(["restore", file])).toThrow(/a server is running over this database; stop it first/);
  await logIn(page);
  await interactive(page);
  await server.stop();
  expect(() => server.run(["restore", join(server.dataDir, "master.key")])).toThrow(/this is not a backup of Latchkey/);
  const restored = server.run(["restore", file]);
  expect(restored).toContain("Restored.");
  expect(restored).toContain("The audit log ends earlier than it did.");
  await server.start();
  expect(await verify(server, kept)).toBe("VALID");
  expect(await verify(server, lost)).toBe("NOT_FOUND");
  expect(server.run(["audit", "verify"])).toMatch(/^chain intact/);
  // The restore ends all sessions, since some may have ended after the backup.
  await page.goto("/keys");
  await expect(page).toHaveURL("/login");
});

test("the master key is changed, and a wrong one is refused with a sentence", async ({ server }) => {
  mintKey(server, "Shop");
  const path = join(server.dataDir, "master.key");
  const before = readFileSync(path, "utf8");
  await server.stop();
  expect(server.run(["master-key", "rotate"])).toContain("The database is under a new master key.");
  expect(readFileSync(path, "utf8")).not.toBe(before);
  expect(existsSync(`${path}.previous`)).toBe(false);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(server.run(["audit", "verify"])).toMatch(/^chain intact/);

  const refused = /this is not the master key that the database was made with; set LATCHKEY_MASTER_KEY or put back/;
  expect(() => server.run(["migrate"], "", { LATCHKEY_MASTER_KEY: before })).toThrow(refused);
  await expect(server.start({ LATCHKEY_MASTER_KEY: before })).rejects.toThrow(refused);

  // This change sets the new and the previous master key in environment variables.
  const [now, next] = [readFileSync(path, "utf8"), "a master key that somebody chose, and long"];
  await server.start({ LATCHKEY_MASTER_KEY: next, LATCHKEY_MASTER_KEY_PREVIOUS: now });
  expect(server.run(["audit", "verify"])).toMatch(/^chain intact/);
});

test("every variable that is empty counts as not set", async ({ server }) => {
  test.setTimeout(360_000);
  const help = server.run(["serve", "--help"]);
  const variables = [...new Set([...help.matchAll(/\[env:\s+(LATCHKEY_\w+)/g)].map(([, name]) => name ?? ""))];
  expect(variables).toEqual(expect.arrayContaining(["LATCHKEY_ADDR", "LATCHKEY_DATA_DIR"]));
  await server.stop();
  for (const variable of [...variables, "LATCHKEY_LOG"].filter((name) => !["LATCHKEY_ADDR", "LATCHKEY_DATA_DIR"].includes(name))) {
    // Each variable by itself, since its effect must not depend on the others.
    const empty = await Server.start({ [variable]: "" });
    try {
      // The link is not printed through the log, so the test may receive it after the log.
      await expect.poll(() => empty.log, variable).toContain("/setup?link=");
      await expect.poll(() => empty.log, variable).toContain("Latchkey is ready");
      await empty.stop();
    } finally {
      empty.remove();
    }
  }
  const link = server.run(["user", "reset", "--email", OWNER.email], "", { LATCHKEY_ADDR: "" });
  expect(link).toContain("http://127.0.0.1:3000/reset?link=");
  const cwd = mkdtempSync(join(tmpdir(), "latchkey-e2e-"));
  try {
    const env = { ...process.env, LATCHKEY_DATA_DIR: "", LATCHKEY_DATABASE_URL: "", LATCHKEY_MASTER_KEY: "" };
    const listed = spawnSync(process.env.LATCHKEY_BIN ?? "", ["key", "list"], { cwd, env, encoding: "utf8" });
    expect([listed.status, listed.stderr]).toEqual([0, expect.any(String)]);
    expect(existsSync(join(cwd, "latchkey-data"))).toBe(true);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
  await server.start();
});
