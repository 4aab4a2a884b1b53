// What a shot works with: a server over the filled database or an empty one, and a page whose clock stands still.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { interactive } from "../tests/fixture.ts";
import type { DatabaseLine } from "../tests/database-line.ts";
import { Server } from "../tests/server.ts";
import { NOW, clockAtNow } from "./clock.ts";
import { place } from "./place.ts";
import { PEOPLE, type PersonName, type Who } from "./people.ts";

/** The data with which the server starts: those of the story, also on PostgreSQL, an owner alone, or nothing. */
export type Data = "full" | "full on PostgreSQL" | "owner" | "none";

/** In the pictures, the page is loaded some seconds after the server has started. */
const PAGE_TIME = NOW + 5_000;

export class Stage {
  readonly page: Page;
  readonly server: Server;
  /** The line to its database, if that is on PostgreSQL. */
  readonly line: DatabaseLine | undefined;
  /** The time at which the page's clock stands. */
  readonly pageTime: number;
  readonly #keys: Record<string, { id: string; token: string }>;

  constructor(page: Page, server: Server, line?: DatabaseLine, pageTime = PAGE_TIME) {
    this.page = page;
    this.server = server;
    this.line = line;
    this.pageTime = pageTime;
    this.#keys = JSON.parse(readFileSync(join(folder(), "keys.json"), "utf8")) as Record<string, { id: string; token: string }>;
  }

  /** Adds what has to be done after the pictures. */
  readonly end = (last: () => Promise<void>): void => void this.ends.push(last);
  readonly ends: (() => Promise<void>)[] = [];

  // Shots take these functions out of the stage.

  /** Goes to a page, and waits until it is interactive. */
  readonly open = async (path: string): Promise<void> => {
    await this.goTo(path);
    await interactive(this.page);
  };

  readonly goTo = async (path: string): Promise<void> => {
    await this.page.goto(this.server.url + path);
  };

  /** The path of a key's screen. */
  readonly key = (name: string): string => `/keys/${this.#key(name).id}`;

  readonly token = (name: string): string => this.#key(name).token;

  #key(name: string): { id: string; token: string } {
    const key = this.#keys[name];
    if (!key) throw new Error(`the story has no key ${name}`);
    return key;
  }

  /** Logs in without the login page. A page sends the form, so that the browser keeps the cookie as it keeps that of a person. */
  readonly logIn = async (name: PersonName): Promise<void> => {
    await this.goTo("/login");
    const { email, password }: Who = PEOPLE[name];
    const type = await this.page.evaluate(async (form) => {
      const answer = await fetch("/login", { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
      return answer.type;
    }, { email, password });
    if (type !== "opaqueredirect") throw new Error(`${email} could not log in`);
  };

  /** What a list of the management API has, such as `customers`, for the person who has logged in. */
  readonly list = async <Item>(path: string): Promise<Item[]> => {
    const cookies = await this.page.context().cookies();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const answer = await fetch(`${this.server.url}/manage/v1/${path}`, { headers: { cookie, "x-forwarded-for": PEOPLE.mara.address } });
    if (!answer.ok) throw new Error(`${path} got ${answer.status}: ${await answer.text()}`);
    return ((await answer.json()) as { data: Item[] }).data;
  };

  /** The path of a customer's screen. */
  readonly customer = async (externalId: string): Promise<string> => {
    const customers = await this.list<{ id: string; externalId: string }>("customers?limit=100");
    const found = customers.find((customer) => customer.externalId === externalId);
    if (!found) throw new Error(`the story has no customer ${externalId}`);
    return `/customers/${found.id}`;
  };

  /** The path of a bias profile's screen. */
  readonly profile = async (name: string): Promise<string> => {
    const profiles = await this.list<{ id: string; name: string }>("profiles");
    const found = profiles.find((profile) => profile.name === name);
    if (!found) throw new Error(`the story has no bias profile ${name}`);
    return `/profiles/${found.id}`;
  };
}

/** Starts a server with this data at the time of the pictures. */
export async function startServer(data: Data): Promise<Server> {
  const environment = { ...(await place()), ...clockAtNow() };
  if (data === "full") return Server.startOnCopy(join(folder(), "data"), environment);
  const owner = { LATCHKEY_OWNER_EMAIL: PEOPLE.mara.email, LATCHKEY_OWNER_PASSWORD: PEOPLE.mara.password };
  return Server.start(data === "owner" ? { ...environment, ...owner } : environment);
}

/** Prepares the pages of a browser: their clock, and the address from which they seem to come. */
export async function prepare(context: BrowserContext, pageTime = PAGE_TIME): Promise<void> {
  await context.clock.setFixedTime(pageTime);
  await context.setExtraHTTPHeaders({ "x-forwarded-for": PEOPLE.mara.address });
}

/** Starts a server with the data of the story in a database on PostgreSQL. */
export async function startOnPostgres(line: DatabaseLine): Promise<Server> {
  const server = await Server.startOnCopy(join(folder(), "data"), { ...(await place()), ...clockAtNow(), LATCHKEY_DATABASE_URL: line.url });
  await server.stop();
  // This process waits for the command, so the line, which is in this process, would let nothing through.
  const direct = new URL(process.env["LATCHKEY_TEST_DATABASE_URL"] ?? "");
  direct.pathname = new URL(line.url).pathname;
  server.run(["restore", join(folder(), "backup.db")], "", { LATCHKEY_DATABASE_URL: direct.href });
  await server.start();
  return server;
}

/** The folder with the data of the story. */
export function folder(): string {
  const folder = process.env["LATCHKEY_PICTURES_FOLDER"];
  if (!folder) throw new Error("no database was filled");
  return folder;
}
