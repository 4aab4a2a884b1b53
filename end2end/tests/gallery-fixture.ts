// The fixture of the walk through the gallery: a shot, and the stage for it. A worker starts one server for each kind of data, which
// all its shots share, since a server for each of them takes as long as the check.

import { type Cookie, type BrowserContext } from "@playwright/test";
import { NOW } from "../screenshots/clock.ts";
import { type PersonName } from "../screenshots/people.ts";
import { SHOTS, type Shot } from "../screenshots/shots.ts";
import { type Data, Stage, prepare, startOnPostgres, startServer } from "../screenshots/stage.ts";
import { DatabaseLine } from "./database-line.ts";
import { test as base } from "./fixture.ts";
import type { Server } from "./server.ts";

export { expect } from "./fixture.ts";

type Fixtures = {
  /** What is shown, by `test.use({ shot })`. */
  shot: Shot;
  lodging: Lodging;
  /** The stage with the person who has logged in. */
  stage: Stage;
};

type WorkerFixtures = { lodgings: Lodgings };

export const test = base.extend<Fixtures, WorkerFixtures>({
  shot: [SHOTS[0] as Shot, { option: true }],

  lodgings: [
    async ({}, use) => {
      const lodgings = new Lodgings();
      await use(lodgings);
      await lodgings.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  lodging: async ({ shot: { data = "full", alone = false }, lodgings }, use) => {
    if (!alone && data !== "full on PostgreSQL") {
      await use(await lodgings.of(data));
      return;
    }
    const own = await Lodging.open(data);
    await use(own);
    await own.remove();
  },

  server: async ({ lodging }, use) => use(lodging.server),

  stage: async ({ shot: { data = "full", as = "mara" }, lodging, context, page, complaints }, use) => {
    context.on("console", (message) => {
      // Errors and warnings are heard already.
      if (message.type() !== "error" && message.type() !== "warning") complaints.seen.push(`console ${message.type()}: ${message.text()}`);
    });
    const time = lodging.time();
    await prepare(context, time);
    const stage = new Stage(page, lodging.server, lodging.line, time);
    if (as !== "nobody" && data !== "none") await lodging.logIn(as, stage, context);
    await use(stage);
    for (const end of stage.ends) await end();
  },
});

/** A server, and the sessions in it. */
class Lodging {
  readonly server: Server;
  readonly line: DatabaseLine | undefined;
  readonly #began: number;
  readonly #sessions = new Map<PersonName, Cookie[]>();

  private constructor(server: Server, began: number, line?: DatabaseLine) {
    this.server = server;
    this.line = line;
    this.#began = began;
  }

  static async open(data: Data): Promise<Lodging> {
    const began = Date.now();
    if (data !== "full on PostgreSQL") return new Lodging(await startServer(data), began);
    const line = await DatabaseLine.open();
    try {
      return new Lodging(await startOnPostgres(line), began, line);
    } catch (error) {
      await line.close();
      throw error;
    }
  }

  /** The time of the server, which goes on while the clock of a page stands. */
  time(): number {
    return NOW + Date.now() - this.#began;
  }

  /** Logs in, or goes on with the session that the person has. */
  async logIn(name: PersonName, stage: Stage, context: BrowserContext): Promise<void> {
    const session = this.#sessions.get(name);
    if (session) {
      await context.addCookies(session);
      return;
    }
    await stage.logIn(name);
    this.#sessions.set(name, await context.cookies());
  }

  async close(): Promise<void> {
    try {
      await this.server.stop();
    } finally {
      this.server.remove();
    }
  }

  /** Ends the server without waiting, also one whose database is away. */
  async remove(): Promise<void> {
    this.server.remove();
    await this.line?.close();
  }
}

/** The servers that the shots of a worker share. */
class Lodgings {
  readonly #byData = new Map<Data, Lodging>();

  async of(data: Data): Promise<Lodging> {
    const lodging = this.#byData.get(data) ?? (await Lodging.open(data));
    this.#byData.set(data, lodging);
    return lodging;
  }

  async close(): Promise<void> {
    for (const lodging of this.#byData.values()) await lodging.close();
  }
}
