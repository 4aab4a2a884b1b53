// The generated types are those of the server, and the examples are those of README.md.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import type { Code, components, Verification } from "@latchkey/client";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

import { Server } from "./server.js";

let server: Server;
before(async () => {
  server = await Server.start();
});
after(() => server.remove());

const FOLDER = new URL("../../", import.meta.url);
const SCHEMA = new URL("src/schema.ts", FOLDER);

test("the generated types are those of the server", async () => {
  const description = new URL(`${server.url}/manage/v1/openapi.json`);
  // Metadata is an object with any fields, not one without fields.
  const generated = COMMENT_HEADER + astToString(await openapiTS(description, { emptyObjectsUnknown: true }));
  if (process.env["LATCHKEY_UPDATE_TYPES"]) writeFileSync(SCHEMA, generated);
  assert.ok(
    readFileSync(SCHEMA, "utf8") === generated,
    "src/schema.ts is not what the server describes: run `cargo xtask test --clients-only --update-types`",
  );
});

test("every code that the server describes has a type", async () => {
  const answer = await fetch(`${server.url}/manage/v1/openapi.json`);
  const description = (await answer.json()) as { components: { schemas: Record<string, Schema> } };
  const about = description.components.schemas["VerifyResponse"]?.properties["code"]?.description ?? "";
  const codes: { [C in Code]: true } = {
    VALID: true,
    NOT_FOUND: true,
    PROVISIONING: true,
    INACTIVE: true,
    EXPIRED: true,
    FAILED: true,
    SUSPENDED: true,
    FORBIDDEN: true,
    ADDRESS_NOT_ALLOWED: true,
    RATE_LIMITED: true,
  };
  const described = [...about.matchAll(/`(\w+)`/g)].map(([, code]) => code ?? "");
  assert.ok(described.length >= 9, about);
  for (const code of described) assert.ok(code in codes, code);
});

interface Schema {
  properties: Record<string, { description?: string }>;
}

/** Does not compile where the server's answer has a field that `Verification` lacks. */
type Described = keyof components["schemas"]["VerifyResponse"];
const _everyField: Described extends keyof Verification ? true : never = true;
void _everyField;

test("the first example of README.md runs as it stands", () => {
  const { example } = fromReadme(0, "example/sign-up.ts");
  const result = spawnSync(process.execPath, ["--input-type=module", "--eval", example], {
    cwd: FOLDER,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], LATCHKEY_URL: server.url, LATCHKEY_SERVICE_TOKEN: server.token },
  });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /^Give this token to Mara Ott[^\n]*: sk_live_\w{36}\nMara Ott may chat\n$/);
});

test("the other example of README.md compiles as it stands", () => {
  fromReadme(1, "example/service.ts");
});

/** A block of code in README.md, which has to be the same as a file. */
function fromReadme(index: number, file: string): { example: string } {
  const blocks = [...readFileSync(new URL("README.md", FOLDER), "utf8").matchAll(/```js\n([\s\S]*?)```/g)];
  const example = blocks[index]?.[1] ?? "";
  assert.equal(example, readFileSync(new URL(file, FOLDER), "utf8"));
  return { example };
}
