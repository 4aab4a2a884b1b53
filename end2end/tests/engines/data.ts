// Something of everything, so that a walk finds each screen and dialog.

import { OWNER, mintKey, verify } from "../journeys.ts";
import { profileForm } from "../../screenshots/catalogue.ts";
import type { Server } from "../server.ts";

/** A walk visits this customer, since a key leads there. */
const SUSPENDED = "Umbra Entertainment";

/** Fills the server. Returns the address of a customer that is not suspended. */
export async function fill(server: Server): Promise<string> {
  const owner = await Owner.logIn(server);
  const token = mintKey(server, "Shop", "--endpoint", "chat", "--endpoint", "image", "--expires", "5d");
  mintKey(server, "x".repeat(100));
  for (let count = 0; count < 5; count += 1) await verify(server, token);
  server.run(["user", "add", "--email", "lin.chen@example.com", "--role", "developer"], "a battery of horses\n");
  server.run(["service-account", "create", "--name", "terraform", "--role", "admin", "--environment", "default", "--expires", "365d"]);
  await owner.send("/customers/new", [["external_id", "northwind"], ["name", "Northwind Traders"], ["metadata", '{"plan": "pro"}'], ["limit_day", "1000"]]);
  await owner.send("/customers/new", [["external_id", "umbra"], ["name", SUSPENDED]]);
  await owner.send("/keys/new", [["name", "Of a customer"], ["environment", "default"], ["endpoints", "all"], ["expires", "never"], ["customer", "umbra"]]);
  await owner.send(`/customers/${await owner.id("/customers", SUSPENDED)}/suspend`);
  await owner.send("/profiles/new", profileForm({ name: "Strict", description: "For everything", usual: [31, "block"] }));
  const profile = await owner.id("/profiles", "Strict");
  await owner.send(`/profiles/${profile}/edit`, profileForm({ name: "Strict", description: "For everything", usual: [20, "block"] }, "1"));
  return `/customers/${await owner.id("/customers", "Northwind Traders")}`;
}

/** The owner, as a program that sends forms. */
class Owner {
  private constructor(
    private readonly server: Server,
    private readonly cookie: string,
  ) {}

  static async logIn(server: Server): Promise<Owner> {
    const answer = await fetch(`${server.url}/login`, { method: "POST", body: new URLSearchParams(OWNER), redirect: "manual" });
    const cookies = answer.headers.getSetCookie().map((line) => line.split(";")[0]);
    return new Owner(server, cookies.join("; "));
  }

  async send(path: string, fields: [string, string][] = []): Promise<void> {
    const headers = { cookie: this.cookie, accept: "text/html" };
    const answer = await fetch(this.server.url + path, { method: "POST", body: new URLSearchParams(fields), redirect: "manual", headers });
    await answer.arrayBuffer();
    // The form that creates a key shows its token on a page.
    if (answer.status >= 400) throw new Error(`${path} got ${answer.status}`);
  }

  /** The ID of what has this name. */
  async id(path: string, name: string): Promise<string> {
    const answer = await fetch(`${this.server.url}/manage/v1${path}`, { headers: { cookie: this.cookie } });
    const { data } = (await answer.json()) as { data?: { id: string; name: string }[] };
    const found = data?.find((one) => one.name === name);
    if (!found) throw new Error(`${path} got ${answer.status}, without ${name}`);
    return found.id;
  }
}
