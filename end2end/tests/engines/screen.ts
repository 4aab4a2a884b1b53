// The actions of a person in a browser, for every engine.

import { expect } from "@playwright/test";
import { type Tab, until } from "./engine.ts";
import { type Act, type Place, ROLES, type Step, inPage } from "./page.ts";

type Role = keyof typeof ROLES;

/** One or several elements, which are found by steps. Each method waits until there is one. */
export class Part {
  constructor(
    readonly tab: Tab,
    private readonly steps: Step[],
  ) {}

  /** An element with this role and name inside this one. */
  get(role: Role, name: string): Part {
    return new Part(this.tab, [...this.steps, { role, name }]);
  }

  /** An element with this role and text inside this one. */
  having(role: Role, text?: string): Part {
    return new Part(this.tab, [...this.steps, { role, ...(text !== undefined && { text }) }]);
  }

  async click(): Promise<void> {
    let before: Place | null = null;
    const place = await until(async () => {
      const now = (await this.#act({ act: "place" })) as Place | null;
      const rests = now?.x === before?.x && now?.y === before?.y;
      before = now;
      return rests ? now : null;
    }, `${this} can be clicked`);
    await this.tab.click(place.x, place.y);
  }

  /** Types a text that replaces the text of a field. */
  async fill(text: string): Promise<void> {
    await this.click();
    await this.#act({ act: "select" });
    await this.tab.type(text);
    await expect.poll(() => this.read(), `${this} has what was typed`).toBe(text);
  }

  async choose(option: string): Promise<void> {
    await until(() => this.#act({ act: "choose", option }), `${this} has the option ${option}`);
  }

  /** The value of a field, or the text of another element. */
  async read(): Promise<string> {
    return until(async () => (await this.#act({ act: "read" })) as string | null, `${this} is on the screen once`);
  }

  async count(): Promise<number> {
    return (await this.#act({ act: "count" })) as number;
  }

  async appears(): Promise<void> {
    await until(async () => (await this.count()) > 0 || null, `${this} appears`);
  }

  async disappears(): Promise<void> {
    await until(async () => (await this.count()) === 0 || null, `${this} disappears`);
  }

  toString(): string {
    return this.steps.map(({ role, name, text }) => [role, name ?? text].filter((word) => word !== undefined).join(" ")).join(" › ");
  }

  #act(act: Act): Promise<ReturnType<typeof inPage>> {
    const steps = this.steps.map((step) => ({ ...step, selector: ROLES[step.role] }));
    return this.tab.evaluate(inPage, steps, act);
  }
}

/** The whole page in a tab. */
export class Screen extends Part {
  constructor(
    tab: Tab,
    /** The URL of the server, without a slash at the end. */
    readonly origin: string,
  ) {
    super(tab, []);
  }

  /** Goes to a page and waits until it is interactive. */
  async open(path: string): Promise<void> {
    await this.tab.goto(this.origin + path);
    await this.interactive();
  }

  /** Waits until the page is hydrated. */
  async interactive(): Promise<void> {
    await until(() => this.tab.evaluate(() => "hydrated" in document.documentElement.dataset || null), "the page is interactive", 30_000);
  }

  async isAt(path: string): Promise<void> {
    const at = () => this.tab.evaluate(() => location.pathname);
    await until(async () => (await at()) === path || null, `the page is ${path}`);
  }

  press(chord: string): Promise<void> {
    return this.tab.press(chord);
  }

  back(): Promise<void> {
    return this.tab.back();
  }

  /** The visible text, and the values of fields. */
  everything(): Promise<string> {
    return this.tab.evaluate(() => {
      const fields = [...document.querySelectorAll("input")].map((input) => input.value);
      return [document.documentElement.outerHTML, ...fields].join("\n");
    });
  }
}
