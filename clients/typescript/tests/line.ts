// HTTP servers that misbehave: one that answers by a script, and one that stands before a real server and loses answers.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server on a port that the system chooses. It keeps the requests that it got. */
export class Line {
  readonly requests: { method: string; url: string; headers: IncomingMessage["headers"]; at: number }[] = [];
  readonly #server: Server;

  private constructor(handler: Handler) {
    this.#server = createServer((request, response) => {
      const { method = "", url = "", headers } = request;
      this.requests.push({ method, url, headers, at: performance.now() });
      let body = "";
      request.on("data", (text) => (body += text));
      request.on("end", () => handler(request, response, body));
    });
  }

  /** Answers each request with the next of these; the last one again and again. No status is a broken connection. */
  static async script(...answers: { status?: number; headers?: Record<string, string>; body?: unknown }[]): Promise<Line> {
    let next = 0;
    return Line.#listen((_, response) => {
      const answer = answers[Math.min(next, answers.length - 1)];
      next += 1;
      if (answer?.status === undefined) return void response.destroy();
      if (answer.status === 204) return void response.writeHead(204).end();
      const isProblem = answer.status >= 400;
      const type = isProblem ? "application/problem+json" : "application/json";
      const body = answer.body ?? (isProblem ? { code: "ERR_SCRIPTED", detail: "As the script says." } : {});
      response.writeHead(answer.status, { "content-type": type, ...answer.headers }).end(JSON.stringify(body));
    });
  }

  /** Takes requests and never answers. */
  static silent(): Promise<Line> {
    return Line.#listen(() => undefined);
  }

  /** Passes requests on to a server. The first answers arrive here, and are then lost on their way to the client. */
  static losing(lost: number, url: string): Promise<Line> {
    return Line.#listen(async (request, response, body) => {
      const { "content-length": _length, connection: _connection, host: _host, ...headers } = request.headers;
      const init = { method: request.method ?? "", headers: headers as Record<string, string>, body };
      const answer = await fetch(url + request.url, init);
      const text = await answer.text();
      if (lost > 0) {
        lost -= 1;
        response.destroy();
      } else {
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" }).end(text);
      }
    });
  }

  static async #listen(handler: Handler): Promise<Line> {
    const line = new Line(handler);
    line.#server.listen(0, "127.0.0.1");
    await once(line.#server, "listening");
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
