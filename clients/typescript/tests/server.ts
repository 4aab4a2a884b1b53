// The real binary, on a port that the system chooses, with its own data folder.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Latchkey, type LatchkeyOptions } from "@latchkey/client";

const LIMIT_MS = 60_000;

export class Server {
  /** Its URL, without a slash at the end. */
  url = "";
  #log = "";
  readonly #folder = mkdtempSync(join(tmpdir(), "latchkey-client-"));
  readonly #environment: Record<string, string>;
  #process: ChildProcess | undefined;
  #token = "";

  private constructor(environment: Record<string, string>) {
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("LATCHKEY_"));
    this.#environment = {
      ...(Object.fromEntries(others) as Record<string, string>),
      LATCHKEY_ADDR: "127.0.0.1:0",
      LATCHKEY_DATA_DIR: this.#folder,
      ...environment,
    };
  }

  /** Starts with an empty data folder and a service account that is an Admin, and waits until it is ready. */
  static async start(environment: Record<string, string> = {}): Promise<Server> {
    const server = new Server(environment);
    try {
      server.#token = server.run("service-account", "create", "--name", "tests", "--role", "admin").trim();
      await server.#start();
    } catch (error) {
      server.remove();
      throw error;
    }
    return server;
  }

  get token(): string {
    return this.#token;
  }

  /** A client with the token of the service account. */
  client(options: Partial<LatchkeyOptions> = {}): Latchkey {
    return new Latchkey({ url: this.url, token: this.#token, ...options });
  }

  /** Creates a key and waits until it is active. Returns its ID and token. */
  async key(options: Partial<Parameters<Latchkey["createKey"]>[0]> = {}): Promise<{ id: string; token: string }> {
    const client = this.client();
    const { data: key } = await client.createKey({ name: "Shop", environment: "default", ...options });
    const limit = Date.now() + LIMIT_MS;
    const path = { id: key.id };
    while ((await client.request("GET", "/manage/v1/keys/{id}", { path })).data.status !== "active") {
      if (Date.now() > limit) throw new Error("the key does not become active");
      await sleep(50);
    }
    return { id: key.id, token: key.token };
  }

  /** Runs another command of the binary with the same data, and returns its standard output. */
  run(...args: string[]): string {
    const result = spawnSync(binary(), args, { env: this.#environment, encoding: "utf8" });
    if (result.status !== 0) throw new Error(`latchkey ${args.join(" ")} failed:\n${result.stderr}`);
    return result.stdout;
  }

  /** Ends the server and deletes its data. */
  remove(): void {
    this.#process?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const child = spawn(binary(), ["serve"], { env: this.#environment, stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    const ended = once(child, "close").catch(() => undefined);
    child.stderr.on("data", (text) => (this.#log += text));
    const limit = Date.now() + LIMIT_MS;
    while (!this.url) {
      if (child.exitCode !== null || Date.now() > limit) throw new Error(`the server is not ready:\n${this.#log}`);
      await Promise.race([ended, sleep(20)]);
      this.url = /Latchkey is ready at (http:\/\/\S+)\n/.exec(this.#log)?.[1] ?? "";
    }
  }
}

export function binary(): string {
  const path = process.env["LATCHKEY_BIN"];
  if (!path) throw new Error("LATCHKEY_BIN does not say which binary to test: run `cargo xtask test --clients-only`");
  return path;
}
