// A browser that Playwright does not control. It has the functions that the tests need. `screen.ts` finds elements on the page.

export type EngineName = "firefox" | "webkit";

/** Values that can be sent to a page and back. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export interface Engine {
  readonly tab: Tab;
  /** Ends the browser and deletes its profile. */
  close(): Promise<void>;
}

/** The tab of a browser. */
export abstract class Tab {
  /** Opens a URL and waits until the page is loaded. */
  abstract goto(url: string): Promise<void>;
  /** Presses the browser's Back. */
  abstract back(): Promise<void>;
  /** Runs a function in the page and returns its result. */
  abstract evaluate<Values extends Json[], Result extends Json>(run: (...values: Values) => Result, ...values: Values): Promise<Result>;
  /** Runs a whole script in the page. Unlike `eval` in the page, this is not refused by its content security policy. */
  abstract run(script: string): Promise<void>;
  /** A screenshot, as PNG in base64. */
  abstract picture(): Promise<string>;
  /** Performs input by the actions of the W3C, which WebDriver and WebDriver BiDi share. */
  protected abstract perform(actions: Json[]): Promise<void>;

  /** Clicks with the mouse at a point on the screen. */
  async click(x: number, y: number): Promise<void> {
    const actions = [
      { type: "pointerMove", x: Math.round(x), y: Math.round(y), duration: 0 },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ];
    await this.perform([{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }]);
  }

  /** Types on the keyboard. */
  async type(text: string): Promise<void> {
    await this.keys([...text].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]));
  }

  /** Presses one key, or several at once, such as "Enter" or "Control+v". */
  async press(chord: string): Promise<void> {
    const keys = chord.split("+").map((key) => KEYS[key] ?? key);
    const down = keys.map((value) => ({ type: "keyDown", value }));
    const up = keys.toReversed().map((value) => ({ type: "keyUp", value }));
    await this.keys([...down, ...up]);
  }

  private async keys(actions: Json[]): Promise<void> {
    await this.perform([{ type: "key", id: "keyboard", actions }]);
  }
}

/** The keys without a character: https://www.w3.org/TR/webdriver2/#keyboard-actions */
const KEYS: Record<string, string> = {
  Backspace: "\uE003",
  Tab: "\uE004",
  Enter: "\uE007",
  Control: "\uE009",
  Escape: "\uE00C",
};

/** The source of a function that calls `run` with JSON and returns JSON, so that the protocols' own values are not needed. */
export function inJson(run: (...values: never[]) => unknown): string {
  return `(values) => JSON.stringify((${run})(...JSON.parse(values)))`;
}

/** Repeats a function until it returns a result. */
export async function until<T>(ask: () => Promise<T | null | undefined> | T | null | undefined, what: string, limit = 30_000): Promise<T> {
  const end = Date.now() + limit;
  let last = "";
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null) return answer;
      last = "";
    } catch (error) {
      last = `: ${error}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} within ${limit / 1000} s${last}`);
}
