import { type JsonWebKey, createPublicKey, verify as verifySignature } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Server, expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, dialog, keyNamed, mintKey, press, question, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

/** The number of the last change, which has a receipt. */
function lastChange(server: Server): number {
  for (let change = 1; ; change += 1) {
    try {
      server.run(["receipt", String(change)]);
    } catch (error) {
      expect(String(error)).toContain(`There is no change ${change}.`);
      return change - 1;
    }
  }
}

/** The claims of a receipt, checked as any other program would do it: with the standards and nothing of ours. */
async function checkIndependently(server: Server, receipt: string): Promise<Record<string, unknown>> {
  const { keys } = (await (await fetch(`${server.url}/.well-known/jwks.json`)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const [header, claims, signature] = receipt.trim().split(".") as [string, string, string];
  const json = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  const { kid, alg, typ } = json(header);
  expect({ alg, typ }).toEqual({ alg: "EdDSA", typ: "latchkey-receipt+jwt" });
  const key = keys.find((key) => key.kid === kid)!;
  const right = verifySignature(null, Buffer.from(`${header}.${claims}`), createPublicKey({ key, format: "jwk" }), Buffer.from(signature, "base64url"));
  expect(right).toBe(true);
  return json(claims);
}

test("a receipt of the command line is checked offline, and a forged one is refused with the reason", async ({ server }) => {
  const token = mintKey(server, "Shop");
  expect(await verify(server, token)).toBe("VALID");
  const used = Date.now();
  const shop = keyNamed(server, "Shop");
  server.run(["key", "delete", shop.id]);
  const change = lastChange(server);
  const file = join(server.dataDir, "receipt.jws");
  const jwks = join(server.dataDir, "jwks.json");
  server.run(["receipt", String(change), "--output", file]);
  expect(() => server.run(["receipt", String(change), "--output", file])).toThrow(/already exists/);
  writeFileSync(jwks, await (await fetch(`${server.url}/.well-known/jwks.json`)).text());
  const receipt = readFileSync(file, "utf8");
  expect(server.run(["receipt", String(change)])).toBe(receipt);

  const claims = await checkIndependently(server, receipt);
  expect(claims).toMatchObject({ change, action: "key.deleted", subject: { id: shop.id, name: "Shop" }, actor: { kind: "command_line" } });
  const lastValid = Date.parse(claims.lastValidAt as string);
  expect(Math.abs(lastValid - used)).toBeLessThan(1_000);
  expect(lastValid).toBeLessThanOrEqual(Date.parse(claims.inForceAt as string));

  // Offline: neither the server nor a database is needed.
  await server.stop();
  const offline = { LATCHKEY_DATA_DIR: join(server.dataDir, "nothing"), LATCHKEY_DATABASE_URL: "" };
  const check = (text: string, ...more: string[]): string => server.run(["receipt", "verify", "-", ...more], text, offline);
  const summary = check(receipt, "--jwks", jwks);
  expect(summary).toMatch(/^valid: signed by urn:latchkey:/);
  expect(summary).toContain(`key.deleted: ${shop.id} “Shop”`);
  expect(summary).toContain(`last VALID   ${claims.lastValidAt as string}`);
  expect(() => check(receipt)).toThrow(/there is no database .*--jwks/);
  // With the data folder, the keys come from its database.
  expect(server.run(["receipt", "verify", file])).toBe(summary);

  const [header, payload, signature] = receipt.trim().split(".") as [string, string, string];
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const forged: [string, RegExp][] = [
    [`${header}.${payload}`, /it has 2 of the 3 parts/],
    [receipt.slice(0, -10), /the signature does not fit/],
    [`${header}.${encoded({ ...claims, action: "key.disabled" })}.${signature}`, /the signature does not fit/],
    [`${encoded({ typ: "latchkey-receipt+jwt", alg: "none" })}.${payload}.`, /signed with the algorithm "none"/],
    [`${encoded({ typ: "JWT", alg: "EdDSA" })}.${payload}.${signature}`, /its type is "JWT"/],
    [`${encoded({ typ: "latchkey-receipt+jwt", alg: "EdDSA", kid: "another" })}.${payload}.${signature}`, /another, is not among the public keys/],
    ["x".repeat(64 * 1024 + 1), /is longer than 65536 bytes/],
    ["", /it has 0 of the 3 parts/],
  ];
  for (const [text, why] of forged) expect(() => check(text, "--jwks", jwks)).toThrow(why);
});

test("a receipt is downloaded from the message about a deleted key, and from the history", async ({ page, context, open, server }) => {
  mintKey(server, "Shop");
  mintKey(server, "Mail");
  await arriveLoggedIn(context);
  await open("/keys");
  const download = async (start: () => Promise<void>): Promise<Record<string, unknown>> => {
    const [file] = await Promise.all([page.waitForEvent("download"), start()]);
    expect(file.suggestedFilename()).toMatch(/^latchkey-receipt-\d+\.jws$/);
    return checkIndependently(server, readFileSync(await file.path(), "utf8"));
  };

  await row(page, "Shop").getByRole("link", { name: "Delete Shop", exact: true }).click();
  await press(question(page, "Delete API Key"), "Delete");
  await expect(dialog(page, "Delete API Key")).toBeHidden();
  const link = page.locator(".toast").getByRole("link", { name: "Download receipt" });
  expect(await download(() => link.click())).toMatchObject({ action: "key.deleted", subject: { name: "Shop" }, lastValidAt: null });

  await row(page, "Mail").getByRole("button", { name: "Disable Mail", exact: true }).click();
  await expect(row(page, "Mail").getByRole("button", { name: "Enable Mail", exact: true })).toBeVisible();
  await open(`/keys/${keyNamed(server, "Mail").id}?tab=history`);
  const disabled = page.getByRole("table", { name: "History", exact: true }).getByRole("row").filter({ hasText: "Disabled" });
  const inHistory = disabled.getByRole("link", { name: /^Download receipt/ });
  expect(await download(() => inHistory.click())).toMatchObject({ action: "key.disabled", subject: { name: "Mail" } });
});
