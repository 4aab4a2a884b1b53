// A database on PostgreSQL behind a proxy that a test can cut.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, type Server as TcpServer, type Socket, connect, createServer } from "node:net";

let made = 0;

export class DatabaseLine {
  /** The URL of the database through the proxy. */
  readonly url: string;
  readonly #name: string;
  readonly #proxy: TcpServer;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(name: string, proxy: TcpServer) {
    this.#name = name;
    this.#proxy = proxy;
    const url = new URL(server());
    url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    url.pathname = `/${name}`;
    this.url = url.href;
    proxy.on("connection", (client) => this.#pass(client));
  }

  /** Makes an empty database, and a proxy to its server. */
  static async open(): Promise<DatabaseLine> {
    const name = `outage_${process.pid}_${(made += 1)}`;
    sql(`CREATE DATABASE ${name}`);
    const proxy = createServer();
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    return new DatabaseLine(name, proxy);
  }

  /** Ends all connections, and refuses new ones. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Ends the proxy, and drops the database. */
  async close(): Promise<void> {
    this.cut();
    this.#proxy.close();
    await once(this.#proxy, "close");
    sql(`DROP DATABASE ${this.#name} WITH (FORCE)`);
  }

  #pass(client: Socket): void {
    if (this.#isCut) {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(server());
    const database = connect(Number(port), hostname);
    for (const [from, to] of [[client, database], [database, client]] as const) {
      this.#sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}

/** The URL of the PostgreSQL server of this run. */
function server(): string {
  const url = process.env.LATCHKEY_TEST_DATABASE_URL;
  if (!url) throw new Error("LATCHKEY_TEST_DATABASE_URL names no PostgreSQL server: run `cargo xtask test --e2e-only`");
  return url;
}

function sql(statement: string): void {
  const result = spawnSync("psql", ["--no-psqlrc", "--quiet", server(), "--command", statement], { encoding: "utf8" });
  if (result.status !== 0) throw new Error(`${statement} failed: ${result.error ?? result.stderr}`);
}
