// WebDriver BiDi, the protocol of Firefox's own remote agent: https://w3c.github.io/webdriver-bidi/

import WebSocket from "ws";
import type { Json } from "./engine.ts";

/** How long a request may take. Without a limit, a browser that hangs would only be noticed when the time of the whole test is over. */
const LIMIT_MS = 60_000;

/** A request that waits for its answer. */
type Waiting = { resolve: (result: Record<string, Json>) => void; reject: (error: Error) => void };

export class Bidi {
  #socket: WebSocket;
  #waiting = new Map<number, Waiting>();
  #last = 0;

  private constructor(socket: WebSocket, heard: (event: string, what: Record<string, Json>) => void) {
    this.#socket = socket;
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      if (message.type === "event") {
        heard(message.method, message.params);
        return;
      }
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.type === "success") waiting?.resolve(message.result);
      else waiting?.reject(new Error(`${message.error}: ${message.message}`));
    });
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser has ended"));
      this.#waiting.clear();
    });
  }

  /** Connects, and receives all events that are subscribed to later. */
  static async connect(url: string, heard: (event: string, what: Record<string, Json>) => void): Promise<Bidi> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return new Bidi(socket, heard);
  }

  send(method: string, params: Record<string, Json> = {}): Promise<Record<string, Json>> {
    this.#last += 1;
    const id = this.#last;
    const answer = new Promise<Record<string, Json>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    const late = setTimeout(() => {
      this.#waiting.get(id)?.reject(new Error(`${method} has no answer after ${LIMIT_MS / 1000} s`));
      this.#waiting.delete(id);
    }, LIMIT_MS);
    return answer.finally(() => clearTimeout(late));
  }

  close(): void {
    this.#socket.terminate();
  }
}
