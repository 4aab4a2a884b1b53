// The real binary, on a port that the system chooses, with its own data folder.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Environment = Record<string, string>;

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;

export class Server {
  /** Its URL, without a slash at the end. The server says it when it is ready. */
  url = "";
  readonly dataDir: string;
  /** All output of the server, over all its starts. */
  log = "";
  #environment: Environment;
  #process: ChildProcess | undefined;

  private constructor(environment: Environment, dataDir = mkdtempSync(join(tmpdir(), "latchkey-e2e-"))) {
    this.dataDir = dataDir;
    this.#environment = {
      ...withoutLatchkey(process.env),
      LATCHKEY_ADDR: "127.0.0.1:0",
      LATCHKEY_DATA_DIR: this.dataDir,
      ...environment,
    };
  }

  /** Starts with an empty data folder and waits until it is ready. */
  static async start(environment: Environment = {}): Promise<Server> {
    return startOrRemove(new Server(environment));
  }

  /** Starts over a copy of the data folder of a server that has stopped, and waits until it is ready. */
  static async startOnCopy(dataDir: string, environment: Environment = {}): Promise<Server> {
    const server = new Server(environment);
    cpSync(dataDir, server.dataDir, { recursive: true });
    return startOrRemove(server);
  }

  /** Starts another server over the same data. End it before this one is removed. */
  async beside(environment: Environment): Promise<Server> {
    const other = new Server({ ...environment, LATCHKEY_DATA_DIR: this.dataDir }, this.dataDir);
    await other.start();
    return other;
  }

  /** Stops the process for a while: it neither answers nor writes its heartbeat. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Lets a paused process go on. */
  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Kills the process, which has no time to say so. */
  async crash(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child) return;
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  }

  /** Starts the server again after `stop`, with the same data and with these variables changed. */
  async start(environment: Environment = {}): Promise<void> {
    Object.assign(this.#environment, environment);
    const begin = this.log.length;
    const child = spawn(binary(), ["serve"], { env: this.#environment, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    child.stdout.on("data", (text) => (this.log += text));
    child.stderr.on("data", (text) => (this.log += text));
    child.on("error", (error) => (this.log += `${error}\n`));
    const limit = Date.now() + START_LIMIT_MS;
    while (!(await this.#isReady(begin))) {
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

  /** Whether the server that began its log here answers. A server whose log does not name its URL yet cannot be asked. */
  async #isReady(begin: number): Promise<boolean> {
    const told = /Latchkey is ready at (https?:\/\/\S+)\n/.exec(this.log.slice(begin))?.[1];
    if (!told) return false;
    // A server behind a proxy tells the public URL.
    const url = this.#environment["LATCHKEY_PUBLIC_URL"] ? `http://${this.#environment["LATCHKEY_ADDR"]}` : told;
    this.url = url;
    // Open pages know this port, so the server keeps it when it is started again.
    if (this.#environment["LATCHKEY_ADDR"]?.endsWith(":0")) this.#environment["LATCHKEY_ADDR"] = new URL(url).host;
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1000) });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }
}

async function startOrRemove(server: Server): Promise<Server> {
  try {
    await server.start();
  } catch (error) {
    server.remove();
    throw error;
  }
  return server;
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

const PORTS_OF_A_WORKER = 1_000;
let lastPort = process.pid;

/**
 * Finds a port for a program that cannot let the system choose one. Each worker has its own range of ports. The system chooses
 * from higher ports, so it gives none of these to another program. Runs at the same time begin at different ports of a range.
 */
export async function freePort(): Promise<number> {
  const first = 20_000 + PORTS_OF_A_WORKER * Number(process.env.TEST_PARALLEL_INDEX ?? 0);
  for (let tries = 0; tries < PORTS_OF_A_WORKER; tries += 1) {
    lastPort += 1;
    const port = first + (lastPort % PORTS_OF_A_WORKER);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port");
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, "127.0.0.1");
    await once(probe, "listening");
  } catch {
    return false;
  }
  probe.close();
  await once(probe, "close");
  return true;
}
