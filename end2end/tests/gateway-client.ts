// A client that sends whatever bytes it likes: no library in between tidies the path or the headers up.

import { connect } from "node:net";

/** One header as it is written. The same name may come again. */
export type Header = readonly [name: string, value: string];

export type Request = {
  method?: string;
  /** The request target, byte for byte (Latin-1). */
  target: string;
  headers?: readonly Header[];
  body?: string;
  /** The address that the client has: any of 127.0.0.0/8 is this machine's. */
  from?: string;
};

export type Answer = {
  status: number;
  /** By lower-case name; what came twice is joined by a comma. */
  headers: Record<string, string>;
  body: string;
};

const HOST = "api.example.com";
const LIMIT_MS = 15_000;

/** Sends one request on a connection of its own, and answers with what came back. */
export async function send(port: number, request: Request): Promise<Answer> {
  const bytes = await exchange(port, written(request), request.from);
  const [answer] = answers(bytes, [request.method ?? "GET"]);
  if (!answer) throw new Error(`no answer to ${request.target}: ${JSON.stringify(bytes.toString("latin1"))}`);
  return answer;
}

/** The request as text. `Host`, `Connection` and `Content-Length` are there unless the request has its own. */
export function written({ method = "GET", target, headers = [], body }: Request): string {
  const has = (name: string) => headers.some(([own]) => own.trim().toLowerCase() === name);
  const added: Header[] = [];
  if (!has("host")) added.push(["Host", HOST]);
  if (!has("connection")) added.push(["Connection", "close"]);
  if (body !== undefined && !has("content-length") && !has("transfer-encoding")) added.push(["Content-Length", String(body.length)]);
  const lines = [...added, ...headers].map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`;
}

/** Sends bytes (Latin-1) and answers with all that came until the other side closed the connection. */
export function exchange(port: number, text: string, from = "127.0.0.1"): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no end after ${LIMIT_MS / 1000} s: ${Buffer.concat(chunks).toString("latin1")}`)));
    socket.on("data", (chunk) => chunks.push(chunk));
    // Who refuses a request may close before all of it was sent; what it answered still counts.
    socket.on("error", (error) => (chunks.length > 0 ? resolve(Buffer.concat(chunks)) : reject(error)));
    socket.on("close", () => resolve(Buffer.concat(chunks)));
    socket.write(text, "latin1");
  });
}

/** The answers in what came back; `methods` says what was asked, since an answer to HEAD has no body. */
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
