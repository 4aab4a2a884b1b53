// A client that sends arbitrary bytes. It uses no library that normalises the path or the headers.

import { once } from "node:events";
import { type OutgoingHttpHeaders, connect as connectByHttp2 } from "node:http2";
import { connect } from "node:net";
import { connect as connectByTls } from "node:tls";

/** One header as it is sent. Several headers may have one name. */
export type Header = readonly [name: string, value: string];

export type Request = {
  method?: string;
  /** The request target, byte for byte (Latin-1). */
  target: string;
  headers?: readonly Header[];
  body?: string;
  /** How long to wait for the next byte of an answer. */
  limitMs?: number;
  /** The address of the client, in 127.0.0.0/8. */
  from?: string;
};

export type Answer = {
  status: number;
  /** The headers by lower-case name. Repeated headers are joined by a comma. */
  headers: Record<string, string>;
  body: string;
};

/** The address of a gateway on this machine. */
export type GatewayAddress = { port: number; tls: boolean };

const HOST = "api.example.com";
const LIMIT_MS = 30_000;

/** Sends one request on a new connection, and returns the answer. */
export async function send(gateway: GatewayAddress, request: Request): Promise<Answer> {
  const bytes = await exchange(gateway, written(request), request);
  const [answer] = answers(bytes, [request.method ?? "GET"]);
  if (!answer) throw new Error(`no answer to ${request.target}: ${JSON.stringify(bytes.toString("latin1"))}`);
  return answer;
}

/** Sends requests over one HTTP/2 connection, as browsers do with TLS, and returns the statuses. */
export async function sendByHttp2(gateway: GatewayAddress, requests: readonly OutgoingHttpHeaders[]): Promise<(number | undefined)[]> {
  const session = connectByHttp2(`https://127.0.0.1:${gateway.port}`, { servername: HOST, rejectUnauthorized: false });
  try {
    const statuses: (number | undefined)[] = [];
    for (const headers of requests) {
      const stream = session.request({ ":authority": HOST, ...headers });
      const [answer] = (await once(stream, "response")) as [{ ":status"?: number }];
      statuses.push(answer[":status"]);
      stream.resume();
      await once(stream, "end");
    }
    return statuses;
  } finally {
    session.destroy();
  }
}

/** The request as text. Adds `Host`, `Connection` and `Content-Length`, unless the request has its own. */
export function written({ method = "GET", target, headers = [], body }: Request): string {
  const has = (name: string) => headers.some(([own]) => own.trim().toLowerCase() === name);
  const added: Header[] = [];
  if (!has("host")) added.push(["Host", HOST]);
  if (!has("connection")) added.push(["Connection", "close"]);
  if (body !== undefined && !has("content-length") && !has("transfer-encoding")) added.push(["Content-Length", String(body.length)]);
  const lines = [...added, ...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`;
}

/** Sends bytes (Latin-1), and returns all bytes received until the other side closes the connection. `onData` gets each piece. */
export function exchange(
  gateway: GatewayAddress,
  text: string,
  { from = "127.0.0.1", limitMs = LIMIT_MS, onData }: { from?: string; limitMs?: number; onData?: (soFar: string) => void } = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const where = { port: gateway.port, host: "127.0.0.1", localAddress: from };
    // This certificate was made by the test.
    const socket = gateway.tls ? connectByTls({ ...where, servername: HOST, rejectUnauthorized: false }) : connect(where);
    socket.setTimeout(limitMs, () => socket.destroy(new Error(`no end after ${limitMs / 1000} s: ${Buffer.concat(chunks).toString("latin1")}`)));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      // Before it closes a connection, Envoy waits a second for the client to close it.
      if (chunks.length === 1 && isWholeAndLast(chunk)) socket.end();
      onData?.(Buffer.concat(chunks).toString("latin1"));
    });
    // A server that refuses a request may close before all of it was sent. Its answer still counts.
    socket.on("error", (error) => (chunks.length > 0 ? resolve(Buffer.concat(chunks)) : reject(error)));
    socket.on("close", () => resolve(Buffer.concat(chunks)));
    socket.write(text, "latin1");
  });
}

/** Parses the answers. `methods` are the methods of the requests, since an answer to HEAD has no body. */
export function answers(bytes: Buffer, methods: readonly string[]): Answer[] {
  const found: Answer[] = [];
  let rest = bytes.toString("latin1");
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) throw new Error(`half an answer: ${JSON.stringify(rest)}`);
    const [line = "", ...fields] = rest.slice(0, end).split("\r\n");
    rest = rest.slice(end + 4);
    const status = Number(line.split(" ")[1]);
    const headers: Record<string, string> = {};
    for (const field of fields) {
      const colon = field.indexOf(":");
      const [name, value] = [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
      headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
    }
    if (status === 100) continue;
    let body = "";
    if (methods[found.length] !== "HEAD" && status !== 204 && status !== 304) {
      [body, rest] = bodyOf(headers, rest);
    }
    found.push({ status, headers, body: Buffer.from(body, "latin1").toString("utf8") });
  }
  return found;
}

/** Whether this is a complete answer after which the connection closes. */
function isWholeAndLast(bytes: Buffer): boolean {
  const [head = "", body = ""] = bytes.toString("latin1").split(/\r\n\r\n(.*)/s);
  const length = /^content-length: *(\d+)$/im.exec(head)?.[1];
  return /^connection: *close$/im.test(head) && length !== undefined && body.length >= Number(length);
}

function bodyOf(headers: Record<string, string>, rest: string): [body: string, rest: string] {
  const length = headers["content-length"];
  if (length !== undefined) return [rest.slice(0, Number(length)), rest.slice(Number(length))];
  if (headers["transfer-encoding"] !== "chunked") return [rest, ""];
  let body = "";
  for (;;) {
    const line = rest.indexOf("\r\n");
    const size = Number.parseInt(rest.slice(0, line), 16);
    if (line < 0 || Number.isNaN(size)) throw new Error(`a broken chunk: ${JSON.stringify(rest)}`);
    body += rest.slice(line + 2, line + 2 + size);
    rest = rest.slice(line + 2 + size + 2);
    if (size === 0) return [body, rest];
  }
}
