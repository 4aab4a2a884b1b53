// The API behind a gateway, and a relay between the gateway and Latchkey.

import { once } from "node:events";
import { type IncomingMessage, type Server as HttpServer, type ServerResponse, createServer as createHttpServer } from "node:http";
import { type AddressInfo, type Server as NetServer, type Socket, connect, createServer } from "node:net";

/** A request as the API received it. */
export type Seen = {
  method: string;
  /** The request target as it was received. */
  url: string;
  /** All values of each header, by lower-case name. */
  headers: Record<string, string[]>;
  body: string;
};

/**
 * The API behind the gateway. It answers with the request that it received, as JSON. The query may ask for another status
 * (`?status=418`). The query may also make the answer wait for `release`: with `?silent` the whole answer waits, and with `?pieces`
 * the part after a first piece, which is sent in chunks. With `?pieces=plain`, the answer has no chunks and ends with the
 * connection.
 */
export class Upstream {
  readonly port: number;
  readonly seen: Seen[] = [];
  /** The bytes on connections that were switched to another protocol. The API accepts every upgrade. */
  tunnelled = "";
  /** Additional headers of every answer. */
  answerHeaders: Record<string, string> = {};
  #release: () => void = () => {};
  #released = Promise.resolve();
  readonly #server: HttpServer;

  private constructor(server: HttpServer) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.hold();
    server.on("request", (request, response) => void this.#answer(request, response));
    server.on("upgrade", (request, socket, head) => {
      this.tunnelled += `${request.headers.upgrade ?? ""}: ${head.toString()}`;
      socket.on("data", (chunk: Buffer) => (this.tunnelled += chunk.toString()));
      socket.on("error", () => socket.destroy());
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade ?? ""}\r\n\r\n`);
    });
  }

  static async start(): Promise<Upstream> {
    const server = createHttpServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Upstream(server);
  }

  /** Makes these answers wait again, as at the start. */
  hold(): void {
    this.#released = new Promise((resolve) => (this.#release = resolve));
  }

  /** Releases the waiting answers. */
  release(): void {
    this.#release();
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The client has left in the middle of its body.
      return;
    }
    const headers: Record<string, string[]> = {};
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      const [name, value] = [request.rawHeaders[at]?.toLowerCase() ?? "", request.rawHeaders[at + 1] ?? ""];
      (headers[name] ??= []).push(value);
    }
    const seen: Seen = { method: request.method ?? "", url: request.url ?? "", headers, body: Buffer.concat(chunks).toString() };
    this.seen.push(seen);
    const status = Number(/[?&]status=(\d{3})/.exec(seen.url)?.[1] ?? 200);
    if (/[?&]silent\b/.test(seen.url)) await this.#released;
    if (/[?&]pieces=plain\b/.test(seen.url)) response.useChunkedEncodingByDefault = false;
    response.writeHead(status, { "Content-Type": "application/json", ...this.answerHeaders });
    if (/[?&]pieces\b/.test(seen.url)) {
      response.write("first piece\n");
      await this.#released;
      response.end("last piece\n");
    } else {
      response.end(JSON.stringify(seen));
    }
  }
}

/** Passes every byte on to Latchkey and back, and records what the gateway sends. */
export class Tap {
  readonly port: number;
  connections = 0;
  /** All bytes that were sent to Latchkey, over all connections. */
  received = "";
  /** Holds back Latchkey's answers. */
  silent = false;
  /** An answer to send in place of Latchkey's. */
  instead: string | undefined;
  readonly #server: NetServer;
  readonly #open = new Set<Socket>();

  private constructor(server: NetServer, latchkey: URL) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (gateway) => this.#join(gateway, latchkey));
  }

  static async start(latchkey: string): Promise<Tap> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Tap(server, new URL(latchkey));
  }

  /** The questions so far. Questions have no bodies, so the recorded bytes are one head after another. */
  questions(): Question[] {
    const heads = this.received.split("\r\n\r\n");
    if (heads.pop() !== "") throw new Error(`not only heads were received: ${JSON.stringify(this.received)}`);
    return heads.map((head) => {
      const [line = "", ...fields] = head.split("\r\n");
      const [method = "", url = ""] = line.split(" ");
      const headers: Record<string, string> = {};
      for (const field of fields) {
        const [name = "", value = ""] = field.split(/: ?(.*)/s);
        headers[name.toLowerCase()] = value;
      }
      return { method, url, headers };
    });
  }

  stop(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  #join(gateway: Socket, latchkey: URL): void {
    this.connections += 1;
    const there = connect(Number(latchkey.port), latchkey.hostname);
    gateway.on("data", (chunk) => {
      this.received += chunk.toString("latin1");
      if (this.instead === undefined) there.write(chunk);
      else gateway.end(this.instead, "latin1");
    });
    there.on("data", (chunk) => this.silent || gateway.write(chunk));
    for (const [one, other] of [[gateway, there], [there, gateway]] as const) {
      this.#open.add(one);
      one.on("end", () => other.end());
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#open.delete(one);
        other.destroy();
      });
    }
  }
}

/** A request by which a gateway asks Latchkey. */
export type Question = { method: string; url: string; headers: Record<string, string> };
