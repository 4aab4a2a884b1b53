// The real binary, on a free port of this machine, with its own data folder.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Environment = Record<string, string>;

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 15_000;

export class Server {
  /** Its URL, without a slash at the end. */
  readonly url: string;
  readonly dataDir: string;
  /** All output of the server, over all its starts. */
  log = "";
  #environment: Environment;
  #process: ChildProcess | undefined;

  private constructor(port: number, environment: Environment) {
    this.url = `http://127.0.0.1:${port}`;
    this.dataDir = mkdtempSync(join(tmpdir(), "latchkey-e2e-"));
    this.#environment = {
      ...withoutLatchkey(process.env),
      LATCHKEY_ADDR: `127.0.0.1:${port}`,
      LATCHKEY_DATA_DIR: this.dataDir,
      ...environment,
    };
  }

  /** Starts with an empty data folder and waits until it is ready. */
  static async start(environment: Environment = {}): Promise<Server> {
    const server = new Server(await freePort(), environment);
    try {
      await server.start();
    } catch (error) {
      server.remove();
      throw error;
    }
    return server;
  }

  /** Starts the server again after `stop`, with the same data and with these variables changed. */
  async start(environment: Environment = {}): Promise<void> {
    Object.assign(this.#environment, environment);
    const child = spawn(binary(), ["serve"], { env: this.#environment, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    child.stdout.on("data", (text) => (this.log += text));
    child.stderr.on("data", (text) => (this.log += text));
    child.on("error", (error) => (this.log += `${error}\n`));
    const limit = Date.now() + START_LIMIT_MS;
    while (!(await this.#isReady())) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new Error(`the server ended before it was ready. Its log:\n${this.log}`);
      }
      if (Date.now() > limit) {
        this.#kill();
        throw new Error(`the server was not ready after ${START_LIMIT_MS / 1000} s. Its log:\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Tells the server to stop, like a service manager. Fails unless the server stops by itself and without an error. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child) return;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the server ended by itself (${child.exitCode ?? child.signalCode}). Its log:\n${this.log}`);
    }
    const ended = once(child, "close");
    child.kill("SIGTERM");
    const tooLate = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    const [code, signal] = await ended;
    clearTimeout(tooLate);
    if (code !== 0) {
      throw new Error(`the server did not stop cleanly (${code ?? signal}). Its log:\n${this.log}`);
    }
  }

  /** Runs another command of the binary with the server's data, and returns its standard output. */
  run(args: string[], input = "", environment: Environment = {}): string {
    const result = spawnSync(binary(), args, { env: { ...this.#environment, ...environment }, input, encoding: "utf8" });
    if (result.status !== 0) {
      throw new Error(`latchkey ${args.join(" ")} failed (${result.status}):\n${result.stdout}${result.stderr}`);
    }
    return result.stdout;
  }

  /** Deletes the data folder. */
  remove(): void {
    this.#kill();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  #kill(): void {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
  }

  async #isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1000) });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }
}

function binary(): string {
  const path = process.env.LATCHKEY_BIN;
  if (!path) throw new Error("LATCHKEY_BIN does not say which binary to test: run `cargo xtask test --e2e-only`");
  return path;
}

/** The environment without the variables that a developer has set for their own server. */
function withoutLatchkey(environment: NodeJS.ProcessEnv): Environment {
  const rest = Object.entries(environment).filter(([name]) => !name.startsWith("LATCHKEY_"));
  return Object.fromEntries(rest) as Environment;
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
