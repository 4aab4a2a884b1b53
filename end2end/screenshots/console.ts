// What people and programs do in the console, over HTTP like their browsers and scripts.

import type { Server } from "../tests/server.ts";
import { type Clock, HOUR } from "./clock.ts";
import type { Who } from "./people.ts";

export type Fields = readonly (readonly [string, string])[];

/** A session ends after twelve hours without use, so a person logs in again before that. */
const SESSION = 6 * HOUR;

/** A person with a browser. */
export class Person {
  readonly who: Who;
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #cookies = new Map<string, string>();
  #loggedInAt = Number.NEGATIVE_INFINITY;

  constructor(server: Server, clock: Clock, who: Who) {
    this.#server = server;
    this.#clock = clock;
    this.who = who;
  }

  /** Sends a plain form, which leads to another page. */
  async send(path: string, fields: Fields = []): Promise<string> {
    await this.#stayLoggedIn();
    const answer = await this.#post(path, fields);
    if (answer.status !== 303) throw new Error(`${this.who.name} sent ${path} and got ${answer.status}: ${await answer.text()}`);
    return answer.headers.get("location") ?? "";
  }

  /** Sends a form as the scripts of a page do, and returns what was done. */
  async ask<Done>(path: string, fields: Fields): Promise<Done> {
    await this.#stayLoggedIn();
    return done<Done>(await this.#post(path, fields, { accept: "application/json" }), path);
  }

  /** Calls a server function. Some answer with nothing. */
  async call<Answer>(path: string, data: unknown): Promise<Answer> {
    await this.#stayLoggedIn();
    const answer = await this.#fetch(`/api/${path}`, JSON.stringify(data), { "content-type": "application/json" });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${this.who.name} called ${path} and got ${answer.status}: ${text}`);
    return (text === "" ? null : JSON.parse(text)) as Answer;
  }

  /** Sends what the server refuses. */
  async tryInVain(path: string, fields: Fields): Promise<number> {
    await this.#stayLoggedIn();
    const answer = await this.#post(path, fields);
    await answer.arrayBuffer();
    return answer.status;
  }

  /** Enters a wrong password. */
  async failToLogIn(address: string): Promise<void> {
    const answer = await this.#post("/login", [["email", this.who.email], ["password", "wrong horse battery"]], { "x-forwarded-for": address });
    await answer.arrayBuffer();
  }

  /** Joins by an invitation, which also logs in. */
  async join(link: string): Promise<void> {
    const { pathname, search } = new URL(link);
    const answer = await this.#post(pathname + search, [["name", this.who.name], ["password", this.who.password]]);
    if (answer.status !== 303) throw new Error(`${this.who.name} could not join: ${answer.status} ${await answer.text()}`);
    this.#loggedInAt = this.#clock.now();
  }

  /** Logs in anew, for what needs a password that was entered a moment ago. */
  async logIn(): Promise<void> {
    this.#cookies.clear();
    const answer = await this.#post("/login", [["email", this.who.email], ["password", this.who.password]]);
    if (answer.headers.get("location") !== "/") throw new Error(`${this.who.name} could not log in: ${answer.status} ${await answer.text()}`);
    this.#loggedInAt = this.#clock.now();
  }

  async #stayLoggedIn(): Promise<void> {
    if (this.#clock.now() - this.#loggedInAt >= SESSION) await this.logIn();
  }

  #post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Response> {
    const body = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString();
    return this.#fetch(path, body, { "content-type": "application/x-www-form-urlencoded", ...headers });
  }

  async #fetch(path: string, body: string, headers: Record<string, string>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const { browser, address } = this.who;
    const common = { "accept": "text/html,*/*", "user-agent": browser, "x-forwarded-for": address, cookie };
    const answer = await fetch(this.#server.url + path, { method: "POST", body, redirect: "manual", headers: { ...common, ...headers } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0\b/.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

/** A program with a service account. */
export class Program {
  readonly #server: Server;
  readonly #token: string;

  constructor(server: Server, token: string) {
    this.#server = server;
    this.#token = token;
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#ask("GET", path);
  }

  post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#ask("POST", path, body);
  }

  async #ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { "authorization": `Bearer ${this.#token}`, "content-type": "application/json", "x-forwarded-for": "203.0.113.5" };
    const answer = await fetch(`${this.#server.url}/manage/v1${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} got ${answer.status}: ${text}`);
    return JSON.parse(text) as Answer;
  }
}

async function done<Done>(answer: Response, path: string): Promise<Done> {
  const text = await answer.text();
  const { Done: it } = (answer.ok ? JSON.parse(text) : {}) as { Done?: Done };
  if (it === undefined) throw new Error(`${path} got ${answer.status}: ${text}`);
  return it;
}
