// The gateways of docs/GATEWAYS.md, between a client that may forge its requests and an API that reports what it has received.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test as base } from "./fixture.ts";
import { type Answer, type GatewayAddress, type Request, send } from "./gateway-client.ts";
import { type Changes, type Kind, KINDS, type Ports, SETUPS, docsHave, pageOrigin } from "./gateway-kinds.ts";
import { Tap, Upstream } from "./gateway-upstream.ts";
import { Server, freePort } from "./server.ts";

export { expect, KINDS };
export type { Kind };

const START_LIMIT_MS = 60_000;
const READY_LIMIT_MS = 3_000;
const STOP_LIMIT_MS = 10_000;

/** A gateway, the API behind it, and the relay to the Latchkey that it asks. */
export class Gateway implements GatewayAddress {
  readonly kind: Kind;
  readonly port: number;
  readonly tls: boolean;
  readonly upstream: Upstream;
  readonly tap: Tap;
  /** The origin whose pages may call the API. */
  readonly pageOrigin: string;
  readonly folder: string;
  log = "";
  readonly #process: ChildProcess;

  private constructor(kind: Kind, ports: Ports, changes: Changes, upstream: Upstream, tap: Tap) {
    this.kind = kind;
    this.port = ports.gateway;
    this.tls = SETUPS[kind].tls;
    this.upstream = upstream;
    this.tap = tap;
    this.pageOrigin = pageOrigin(ports);
    this.folder = mkdtempSync(join(tmpdir(), "latchkey-gateway-"));
    const home = join(this.folder, "home");
    mkdirSync(home);
    const [program, ...args] = SETUPS[kind].command(this.folder, ports, changes);
    const env = { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, PATH: process.env["PATH"] ?? "" };
    this.#process = spawn(program, args, { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process.stdout?.on("data", (text) => (this.log += text));
    this.#process.stderr?.on("data", (text) => (this.log += text));
    this.#process.on("error", (error) => (this.log += `${error}\n`));
  }

  /** Starts a gateway in front of a new API. The gateway asks the Latchkey at this URL. */
  static async start(kind: Kind, latchkey: string, changes: Changes = {}): Promise<Gateway> {
    for (const from of Object.keys(changes)) {
      if (!docsHave(from)) throw new Error(`no configuration in docs/GATEWAYS.md has ${from}`);
    }
    const [upstream, tap] = [await Upstream.start(), await Tap.start(latchkey)];
    const ports = { gateway: await freePort(), latchkey: tap.port, upstream: upstream.port };
    let gateway: Gateway;
    try {
      gateway = new Gateway(kind, ports, changes, upstream, tap);
    } catch (error) {
      tap.stop();
      upstream.stop();
      throw error;
    }
    const limit = Date.now() + START_LIMIT_MS;
    while (!(await gateway.#isReady())) {
      if (gateway.#process.exitCode !== null || gateway.#process.pid === undefined || Date.now() > limit) {
        await gateway.stop();
        throw new Error(`${kind} does not answer. Its log:\n${gateway.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    tap.received = "";
    return gateway;
  }

  send(request: Request): Promise<Answer> {
    return send(this, request);
  }

  async stop(): Promise<void> {
    this.tap.stop();
    this.upstream.stop();
    const child = this.#process;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "close");
      // nginx ends its child processes when it is terminated. The others would wait for their connections.
      child.kill(this.kind === "nginx" ? "SIGTERM" : "SIGKILL");
      const tooLate = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
      await ended;
      clearTimeout(tooLate);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Waits for the first answer of Latchkey, since some gateways listen before they have read their configuration. */
  async #isReady(): Promise<boolean> {
    try {
      return (await this.send({ target: "/api/v1/img/ready", limitMs: READY_LIMIT_MS })).status === 401;
    } catch {
      return false;
    }
  }
}

/**
 * The fixture of tests of one gateway, which a test chooses by `test.use({ kind: "nginx" })`. The tests of one worker share a
 * Latchkey, since its start takes longer than most tests. A key belongs to one test, and a test that stops Latchkey starts it
 * again.
 */
export const test = base.extend<{ kind: Kind; changes: Changes; gateway: Gateway }, { latchkey: Server }>({
  kind: ["nginx", { option: true }],
  changes: [{}, { option: true }],

  latchkey: [
    async ({}, use) => {
      // Latchkey sees the gateway as 127.0.0.1. Clients in these tests may have other addresses.
      const server = await Server.start({ LATCHKEY_TRUSTED_PROXIES: "127.0.0.1/32" });
      try {
        await use(server);
        await server.stop();
      } finally {
        server.remove();
      }
    },
    { scope: "worker" },
  ],

  server: async ({ latchkey }, use, testInfo) => {
    await use(latchkey);
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("server.log", { body: latchkey.log, contentType: "text/plain" });
    }
  },

  gateway: async ({ kind, changes, server }, use, testInfo) => {
    const gateway = await Gateway.start(kind, server.url, changes);
    try {
      await use(gateway);
    } finally {
      await gateway.stop();
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach(`${kind}.log`, { body: gateway.log, contentType: "text/plain" });
      }
    }
  },
});
