// What has happened before the pictures are taken: four months of a company that lets services, partners and people use its AI API.

import type { Server } from "../tests/server.ts";
import { ADDED_ENDPOINTS, ADDED_ENVIRONMENTS, HIRING_VERSIONS, PROFILES, profileForm, type ProfileName } from "./catalogue.ts";
import { type Clock, DAY, HOUR, MINUTE, NOW } from "./clock.ts";
import { type Fields, Person, Program } from "./console.ts";
import { CUSTOMERS, type Customer } from "./customers.ts";
import { KEYS, type Key } from "./keys.ts";
import { PEOPLE, type PersonName } from "./people.ts";
import { Random } from "./random.ts";
import { type UsedToken, question, requests, send, share } from "./traffic.ts";

/** When the first server was started, long enough ago that keys have not been rotated for 90 days. */
export const START = NOW - 120 * DAY;

/** A running server believes a step forward of the database's clock only once it has lasted for three seconds. */
const CLOCK_SETTLES_MS = 4_500;
/** Nodes that have stopped are listed for a day. */
const STOPPED_NODES_LISTED = 25 * HOUR;
const KEY_ACTIVE_LIMIT_MS = 20_000;

type Moment = { at: number; happens: () => Promise<void>; changes: boolean };

export class Story {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #random = new Random(20261126);
  readonly #people: Record<PersonName, Person>;
  readonly #profiles: Partial<Record<ProfileName, string>> = {};
  readonly #keys = new Map<string, { id: string; token: string }>();
  readonly #used: UsedToken[] = [];
  #signUp: Program | undefined;
  #report: Program | undefined;
  readonly #moments: Moment[] = [];

  constructor(server: Server, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
    const person = (name: PersonName) => new Person(server, clock, PEOPLE[name]);
    this.#people = {
      mara: person("mara"), ada: person("ada"), jonas: person("jonas"), lin: person("lin"), priya: person("priya"), sofia: person("sofia"), tom: person("tom"),
    };
    this.#plan();
  }

  /** Lets everything happen, in the order of time. */
  async tell(): Promise<void> {
    this.#moments.sort((one, other) => one.at - other.at);
    for (const { at, happens, changes } of this.#moments) {
      await this.#goTo(at, changes);
      await happens();
    }
    this.#clock.set(NOW - MINUTE);
  }

  /** Sets the clock forward. What changes something is dated by the database's clock, which the server has to believe before that. */
  async #goTo(time: number, changes: boolean): Promise<void> {
    if (!changes) {
      this.#clock.set(time);
    } else if (time < NOW - STOPPED_NODES_LISTED) {
      await this.#server.stop();
      this.#clock.set(time);
      await this.#server.start();
    } else {
      this.#clock.set(time);
      await new Promise((resolve) => setTimeout(resolve, CLOCK_SETTLES_MS));
    }
  }

  /** The IDs and tokens of the keys by name. */
  keys(): Record<string, { id: string; token: string }> {
    return Object.fromEntries(this.#keys);
  }

  #plan(): void {
    this.#change(START + 10 * MINUTE, () => this.#begin());
    const days = new Set(KEYS.map((key) => key.days));
    for (const day of days) {
      this.#change(NOW - day * DAY + 20 * MINUTE, async () => {
        for (const customer of CUSTOMERS.filter((customer) => customer.days === day)) await this.#addCustomer(customer);
        const made: string[] = [];
        for (const key of KEYS.filter((key) => key.days === day)) made.push(await this.#addKey(key));
        await this.#untilActive(made);
      });
    }
    this.#planChanges();
    this.#planTraffic();
  }

  /** The first day: what a new console is filled with. */
  async #begin(): Promise<void> {
    const { mara } = this.#people;
    for (const form of ADDED_ENVIRONMENTS) await mara.call("environments/create", { form });
    for (const form of ADDED_ENDPOINTS) await mara.call("endpoints/create", { form });
    for (const name of Object.keys(PROFILES) as ProfileName[]) {
      const page = await mara.send("/profiles/new", profileForm(PROFILES[name]));
      this.#profiles[name] = page.replace("/profiles/", "");
    }
    for (const name of ["ada", "jonas", "lin", "priya", "sofia", "tom"] as const) await this.#invite(name);
    const account = (form: Record<string, unknown>) =>
      mara.call<{ Done: { token: string } }>("service-accounts/create", { form: { expires: "never", addresses: "", ...form } });
    const { Done: signUp } = await account({ name: "sign-up", role: "developer", scope: "all", environments: [] });
    this.#signUp = new Program(this.#server, signUp.token);
    const { Done: report } = await account({ name: "nightly-report", role: "viewer", scope: "all", environments: [], expires: "365" });
    this.#report = new Program(this.#server, report.token);
    await account({ name: "terraform", role: "admin", scope: "only", environments: ["staging"], expires: "365", addresses: "192.0.2.0/24" });
  }

  async #invite(name: PersonName): Promise<void> {
    const { email, role } = PEOPLE[name];
    const { Done: invited } = await this.#people.mara.call<{ Done: { url: string } }>("users/invite", { form: { email, role } });
    await this.#people[name].join(invited.url);
  }

  async #addCustomer({ externalId, name, plan }: Customer): Promise<void> {
    const rateLimit = plan === "enterprise" ? { second: 100 } : { minute: plan === "pro" ? 6_000 : 1_200 };
    await this.#program().post("/customers", { externalId, name, metadata: { plan, region: externalId.length % 2 === 0 ? "eu" : "us" }, rateLimit });
  }

  /** Makes the key, and returns its ID. */
  async #addKey(key: Key): Promise<string> {
    const { id, token } = await this.#create(key);
    this.#keys.set(key.name, { id, token });
    if (key.use) this.#used.push({ token, use: key.use, since: this.#clock.now() });
    return id;
  }

  async #create(key: Key): Promise<{ id: string; token: string }> {
    const profile = key.profile && this.#profiles[key.profile];
    if (key.by === "sign-up") {
      return this.#program().post("/keys", {
        name: key.name, environment: key.environment, endpoints: key.endpoints ?? null, customer: `external:${key.customer}`, biasProfile: profile ?? null, metadata: key.metadata ?? null,
      });
    }
    if (key.by === "command line") {
      const endpoints = (key.endpoints ?? []).flatMap((name) => ["--endpoint", name]);
      const token = this.#server.run(["key", "create", "--environment", key.environment, "--name", key.name, ...endpoints]).trim();
      const line = this.#server.run(["key", "list"]).split("\n").find((line) => line.split("\t")[4] === key.name);
      return { id: line?.split("\t")[0] ?? "", token };
    }
    const { Created: made } = await this.#people[key.by].ask<{ Created: { id: string; token: string } }>("/keys/new", this.#keyForm(key, profile));
    return made;
  }

  #keyForm(key: Key, profile = ""): Fields {
    const end: Fields = key.lifetime === undefined ? [["expires", "never"]] : [["expires", "at"], ["expires_at", new Date(this.#clock.now() + key.lifetime * DAY).toISOString()]];
    return [
      ["name", key.name],
      ["environment", key.environment],
      ["endpoints", key.endpoints ? "only" : "all"],
      ...(key.endpoints ?? []).map((name): [string, string] => ["endpoint", name]),
      ...end,
      ["bias_profile", profile],
      ["limit_second", `${key.perSecond ?? ""}`],
      ["limit_minute", `${key.perMinute ?? ""}`],
      ["limit_day", `${key.perDayLimit ?? ""}`],
      ["allowed_addresses", (key.addresses ?? []).join("\n")],
      ["description", key.description ?? ""],
      ["tags", key.tags ?? ""],
      ["location", key.location ?? ""],
      ["customer", key.customer ?? ""],
      ["metadata", key.metadata ? JSON.stringify(key.metadata) : ""],
      ["browser_time", `${this.#clock.now()}`],
    ];
  }

  /** Waits until these keys are no longer provisioning, since time is about to pass. */
  async #untilActive(ids: readonly string[]): Promise<void> {
    const limit = Date.now() + KEY_ACTIVE_LIMIT_MS;
    for (const id of ids) {
      let status = "";
      while (status !== "active") {
        if (Date.now() > limit || status === "failed") throw new Error(`${id} is ${status}`);
        ({ status } = await this.#reporting().get<{ status: string }>(`/keys/${id}`));
      }
    }
  }

  #planChanges(): void {
    const { mara, ada, jonas, lin, priya, sofia, tom } = this.#people;
    const key = (name: string) => {
      const found = this.#keys.get(name);
      if (!found) throw new Error(`there is no key ${name} yet`);
      return `/keys/${found.id}`;
    };
    const trial = { name: "Trial: summer hackathon", environment: "staging", by: "lin", days: 50, endpoints: ["chat"] } as const;
    this.#change(NOW - 50 * DAY, async () => this.#untilActive([await this.#addKey(trial)]));
    this.#change(NOW - 37 * DAY, async () => void (await ada.send(`${key("Data warehouse export")}/disable`)));
    this.#change(NOW - 35 * DAY, async () => void (await mara.call("endpoints/retire", { name: "completions" })));
    this.#change(NOW - 20 * DAY, async () => void (await ada.send(`/profiles/${this.#profiles.hiring}/edit`, profileForm(HIRING_VERSIONS[0] ?? PROFILES.hiring, "1"))));
    this.#change(NOW - 12 * DAY, async () => void (await lin.send(`${key("Chaos drill")}/disable`)));
    this.#change(NOW - 9 * DAY, async () => {
      await mara.logIn();
      const { people } = await mara.call<{ people: { id: string; email: string }[] }>("users/list", { query: {} });
      const leaving = people.find(({ email }) => email === sofia.who.email);
      await mara.call("users/disable", { id: leaving?.id });
    });
    this.#change(NOW - 6 * DAY, async () => void (await lin.send(`${key("Trial: summer hackathon")}/delete`)));
    this.#change(NOW - 4 * DAY, async () => void (await ada.send(`/profiles/${this.#profiles.hiring}/edit`, profileForm(HIRING_VERSIONS[1] ?? PROFILES.hiring, "2"))));
    this.#change(NOW - 2 * DAY, async () => {
      const { data } = await this.#reporting().get<{ data: { id: string }[] }>("/customers?search=Umbra");
      await ada.send(`/customers/${data[0]?.id}/suspend`);
    });
    this.#change(NOW - 30 * HOUR, async () => {
      const { data } = await this.#reporting().get<{ data: { id: string; name: string }[] }>("/environments");
      const production = data.find(({ name }) => name === "production");
      await mara.logIn();
      await mara.call("environments/reveal", { id: production?.id });
      await mara.call("environments/copied", { id: production?.id });
    });
    this.#change(NOW - 14 * HOUR, async () => {
      for (let count = 0; count < 4; count++) await mara.failToLogIn("192.0.2.199");
    });
    this.#change(NOW - 7 * HOUR, async () => {
      const status = await tom.tryInVain("/keys/new", [["name", "My key"], ["environment", "production"], ["endpoints", "all"], ["expires", "never"]]);
      if (status !== 403) throw new Error(`a viewer created a key: ${status}`);
    });
    this.#change(NOW - 5 * HOUR, async () => {
      const fields: Fields = [["grace", "24h"], ["browser_time", `${this.#clock.now()}`]];
      const { Rotated: rotated } = await mara.ask<{ Rotated: { token: string } }>(`${key("Shop backend")}/rotate`, fields);
      this.#replaceToken("Shop backend", rotated.token);
    });
    this.#change(NOW - 100 * MINUTE, async () => {
      // The clock of this computer is wrong, so the key fails.
      const laptop: Key = { name: "Old laptop", environment: "staging", by: "priya", days: 0, endpoints: ["chat"] };
      const form = this.#keyForm(laptop).filter(([name]) => name !== "browser_time");
      const { Created: made } = await priya.ask<{ Created: { id: string; token: string } }>("/keys/new", [...form, ["browser_time", `${this.#clock.now() - 192_000}`]]);
      this.#keys.set(laptop.name, made);
    });
    this.#change(NOW - 70 * MINUTE, async () => void (await jonas.send(`${key("Load test")}/disable`)));
    this.#change(NOW - 45 * MINUTE, async () => {
      await mara.logIn();
      await mara.call("users/invite", { form: { email: "kai.lehmann@example.com", role: "developer" } });
    });
  }

  /** The rotated key's services change to the new token one after the other. */
  #replaceToken(name: string, token: string): void {
    const before = this.#keys.get(name);
    const old = this.#used.find((used) => used.token === before?.token);
    if (!before || !old) throw new Error(`${name} is not used`);
    this.#keys.set(name, { id: before.id, token });
    const { use } = old;
    old.use = { ...use, perDay: use.perDay * 0.2 };
    this.#used.push({ token, use: { ...use, perDay: use.perDay * 0.8 }, since: this.#clock.now() });
  }

  #planTraffic(): void {
    // A week at a time, then days, quarters of days, hours, and some minutes of the last hour.
    const ends: number[] = [];
    for (let day = 113; day > 35; day -= 7) ends.push(NOW - day * DAY);
    for (let day = 35; day > 7; day--) ends.push(NOW - day * DAY);
    for (let hour = 7 * 24 - 6; hour > 24; hour -= 6) ends.push(NOW - hour * HOUR);
    for (let hour = 24; hour > 0; hour--) ends.push(NOW - hour * HOUR);
    for (const minute of [47, 34, 22, 13, 7, 3]) ends.push(NOW - minute * MINUTE);
    let from = START;
    for (const at of ends) {
      const part = share(from, at);
      from = at;
      this.#moments.push({ at, changes: false, happens: () => send(this.#server, requests(this.#used, part, at, this.#random)) });
    }
    // Each night, one key asks more often than it may. Last night it tried again and again.
    for (const day of [5, 4, 3, 2, 1, 0]) {
      const at = NOW - day * DAY - 12.4 * HOUR;
      const count = day === 0 ? 260 : 75;
      this.#moments.push({ at, changes: false, happens: () => this.#burst("Nightly evaluation", count) });
    }
  }

  #burst(name: string, count: number): Promise<void> {
    const token = this.#keys.get(name)?.token ?? "";
    return send(this.#server, Array.from({ length: count }, () => question(token, "chat", "203.0.113.130")));
  }

  #change(at: number, happens: () => Promise<void>): void {
    this.#moments.push({ at, happens, changes: true });
  }

  #program(): Program {
    if (!this.#signUp) throw new Error("the sign-up page has no service account yet");
    return this.#signUp;
  }

  #reporting(): Program {
    if (!this.#report) throw new Error("the report has no service account yet");
    return this.#report;
  }
}
