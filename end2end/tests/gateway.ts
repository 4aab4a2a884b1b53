// nginx and Caddy as docs/GATEWAYS.md configures them: what is tested is the text that readers paste.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test as base } from "./fixture.ts";
import { type Answer, type Request, send } from "./gateway-client.ts";
import { Tap, Upstream } from "./gateway-upstream.ts";
import { freePort } from "./server.ts";

export { expect };

export const KINDS = ["nginx", "Caddy"] as const;
export type Kind = (typeof KINDS)[number];

type Ports = { gateway: number; latchkey: number; upstream: number };

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 10_000;

/** For each gateway: how it is started in the foreground, in a folder of its own, on free ports. */
const GATEWAYS: Record<Kind, (folder: string, ports: Ports) => [program: string, ...args: string[]]> = {
  nginx: (folder, ports) => {
    const site = replaced(fromDocs("# /etc/nginx/conf.d/api.conf"), {
      "listen 80;": `listen 127.0.0.1:${ports.gateway};`,
      "server 127.0.0.1:3000;": `server 127.0.0.1:${ports.latchkey};`,
      "server 127.0.0.1:8000;": `server 127.0.0.1:${ports.upstream};`,
      "/run/latchkey-refusals": join(folder, "refusals"),
    });
    writeFileSync(join(folder, "api.conf"), site);
    // What Debian's nginx.conf does around it, with every file in the folder.
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${join(folder, name)};`);
    // Its workers would be another user's otherwise, who has no way into the folder.
    const user = process.getuid?.() === 0 ? "user root root;" : "";
    const main = `${user} daemon off; pid ${join(folder, "pid")}; error_log stderr info; events {}
      http { access_log off; ${temporary.join(" ")} include ${join(folder, "api.conf")}; }`;
    writeFileSync(join(folder, "nginx.conf"), main);
    return ["/usr/sbin/nginx", "-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")];
  },
  Caddy: (folder, ports) => {
    const site = replaced(fromDocs("# /etc/caddy/Caddyfile"), {
      "api.example.com {": `http://api.example.com:${ports.gateway} {\n\tbind 127.0.0.1`,
      "127.0.0.1:3000": `127.0.0.1:${ports.latchkey}`,
      "127.0.0.1:8000": `127.0.0.1:${ports.upstream}`,
    });
    // Its administration would listen on a port that is the same for every Caddy.
    writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n}\n${site}`);
    return ["/usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", join(folder, "Caddyfile")];
  },
};

/** A gateway, what is behind it, and what it asks. */
export class Gateway {
  readonly kind: Kind;
  readonly port: number;
  readonly upstream: Upstream;
  readonly tap: Tap;
  log = "";
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(kind: Kind, ports: Ports, upstream: Upstream, tap: Tap) {
    this.kind = kind;
    this.port = ports.gateway;
    this.upstream = upstream;
    this.tap = tap;
    this.#folder = mkdtempSync(join(tmpdir(), "latchkey-gateway-"));
    const home = join(this.#folder, "home");
    mkdirSync(home);
    const [program, ...args] = GATEWAYS[kind](this.#folder, ports);
    const env = { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, PATH: process.env["PATH"] ?? "" };
    this.#process = spawn(program, args, { cwd: this.#folder, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process.stdout?.on("data", (text) => (this.log += text));
    this.#process.stderr?.on("data", (text) => (this.log += text));
    this.#process.on("error", (error) => (this.log += `${error}\n`));
  }

  /** Starts one in front of an upstream of its own, which asks the Latchkey at this address. */
  static async start(kind: Kind, latchkey: string): Promise<Gateway> {
    const [upstream, tap] = [await Upstream.start(), await Tap.start(latchkey)];
    const ports = { gateway: await freePort(), latchkey: tap.port, upstream: upstream.port };
    const gateway = new Gateway(kind, ports, upstream, tap);
    const limit = Date.now() + START_LIMIT_MS;
    while (!(await answers(gateway.port))) {
      if (gateway.#process.exitCode !== null || gateway.#process.pid === undefined || Date.now() > limit) {
        await gateway.stop();
        throw new Error(`${kind} does not answer. Its log:\n${gateway.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return gateway;
  }

  send(request: Request): Promise<Answer> {
    return send(this.port, request);
  }

  async stop(): Promise<void> {
    this.tap.stop();
    this.upstream.stop();
    const child = this.#process;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "close");
      child.kill("SIGTERM");
      const tooLate = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
      await ended;
      clearTimeout(tooLate);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Tests of one gateway: `test.use({ kind: "nginx" })`. */
export const test = base.extend<{ kind: Kind; gateway: Gateway }>({
  kind: ["nginx", { option: true }],

  gateway: async ({ kind, server }, use, testInfo) => {
    const gateway = await Gateway.start(kind, server.url);
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

/** The code block of docs/GATEWAYS.md that begins with this line. */
function fromDocs(firstLine: string): string {
  const docs = readFileSync(new URL("../../docs/GATEWAYS.md", import.meta.url), "utf8");
  const blocks = [...docs.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  const found = blocks.filter((block) => block.startsWith(`${firstLine}\n`) || block.startsWith(`${firstLine}:`));
  if (found.length !== 1) throw new Error(`docs/GATEWAYS.md has ${found.length} code blocks that begin with ${firstLine}`);
  return found.join();
}

/** The text with addresses of this test in place of those of the documentation, each of which has to be there. */
function replaced(text: string, replacements: Record<string, string>): string {
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`the configuration in docs/GATEWAYS.md does not have ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
