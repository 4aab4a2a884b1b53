// Stands between a browser and the server. It gives the server a name that is not this machine's, as on plain http in a
// company's network, and hears what the browser complains of: WebKitWebDriver does not tell.

import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export type Relay = {
  port: number;
  /** The server by an address of this machine, which browsers trust as they trust https. */
  url: string;
  /** The server on plain http: there is no Clipboard API. */
  plainUrl: string;
  close: () => Promise<void>;
};

/** Where pages say what the browser complains of. */
const COMPLAINTS = "/complaints-of-the-browser";

/** Stands before the application's script. */
const LISTEN = `(() => {
  if (window.passesOnComplaints) return;
  window.passesOnComplaints = true;
  const pass = (text) => fetch("${COMPLAINTS}", { method: "POST", body: text, keepalive: true }).catch(() => {});
  for (const level of ["error", "warn"]) {
    const write = console[level];
    console[level] = (...words) => { pass("console " + level + ": " + words.join(" ")); write.apply(console, words); };
  }
  addEventListener("error", (event) => pass("uncaught: " + event.message));
  addEventListener("unhandledrejection", (event) => pass("unhandled rejection: " + event.reason));
  addEventListener("securitypolicyviolation", (event) => pass("refused by the policy: " + event.violatedDirective + " " + event.blockedURI));
})();
`;

/** What browsers complain of, and answers of 500 and more, go into `complaints`. */
export async function startRelay(server: string, complaints: string[]): Promise<Relay> {
  const target = new URL(server);

  async function pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    // The whole address where the browser knows that this is a proxy, else the path.
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
    // A browser that has lost interest, in the live stream say.
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
