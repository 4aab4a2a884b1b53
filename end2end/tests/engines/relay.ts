// A proxy between a browser and the server. It gives the server a host name of another machine, as on plain http in a
// company's network. It also collects what the browser's console gets, since WebKitWebDriver does not report it.

import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Relay = {
  port: number;
  /** The server at a loopback address, which browsers treat as a secure context. */
  url: string;
  /** The server on plain http, where browsers have no Clipboard API. */
  plainUrl: string;
  close: () => Promise<void>;
};

/** The path to which pages report errors of the browser. */
const COMPLAINTS = "/complaints-of-the-browser";

/** A script that is inserted before the application's script. */
const LISTEN = `(() => {
  if (window.passesOnComplaints) return;
  window.passesOnComplaints = true;
  const pass = (text) => fetch("${COMPLAINTS}", { method: "POST", body: text, keepalive: true }).catch(() => {});
  for (const level of ["error", "warn", "info", "log", "debug"]) {
    const write = console[level];
    console[level] = (...words) => { pass("console " + level + ": " + words.join(" ")); write.apply(console, words); };
  }
  addEventListener("error", (event) => pass("uncaught: " + event.message));
  addEventListener("unhandledrejection", (event) => pass("unhandled rejection: " + event.reason));
  addEventListener("securitypolicyviolation", (event) => pass("refused by the policy: " + event.violatedDirective + " " + event.blockedURI));
})();
`;

/** Starts the proxy. Errors of the browser, and answers with status 500 or more, are added to `complaints`. */
export async function startRelay(server: string, complaints: string[]): Promise<Relay> {
  const target = new URL(server);

  async function pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    // `asked.url` is the whole URL if the browser knows that this is a proxy, and otherwise the path.
    const { pathname, search } = new URL(asked.url ?? "/", server);
    if (pathname === COMPLAINTS) {
      complaints.push(await text(asked));
      answer.end();
      return;
    }
    const isScript = pathname.endsWith(".js");
    const headers = { ...asked.headers, ...(isScript && { "accept-encoding": "identity" }) };
    const onward = request({ host: target.hostname, port: target.port, path: pathname + search, method: asked.method, headers }, (came) => {
      const status = came.statusCode ?? 502;
      if (status >= 500) complaints.push(`answer ${status}: ${asked.method} ${pathname}`);
      if (isScript && status === 200) {
        const { "content-length": length, ...rest } = came.headers;
        answer.writeHead(status, { ...rest, "content-length": Number(length) + Buffer.byteLength(LISTEN) });
        answer.write(LISTEN);
      } else {
        answer.writeHead(status, came.rawHeaders);
      }
      came.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    // The browser has closed the connection, for example that of the live stream.
    answer.on("close", () => onward.destroy());
    asked.pipe(onward);
  }

  const relay = createServer((asked, answer) => void pass(asked, answer));
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const { port } = relay.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    plainUrl: "http://console.example.com",
    close: async () => {
      relay.close();
      relay.closeAllConnections();
      await once(relay, "close");
    },
  };
}
