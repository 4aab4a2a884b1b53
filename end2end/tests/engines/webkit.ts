// Debian's WebKitGTK, controlled by WebKitWebDriver. It shows its window on a virtual screen.

import { freePort } from "../server.ts";
import { type Engine, type Json, Tab, inJson, until } from "./engine.ts";
import { Processes } from "./processes.ts";

/** Starts the browser. It uses the proxy on this port for plain http. */
export async function startWebKit(proxyPort: number): Promise<Engine> {
  const processes = new Processes();
  try {
    const display = await startScreen(processes);
    const port = await freePort();
    processes.start("WebKitWebDriver", ["--host=127.0.0.1", `--port=${port}`], {
      TZ: "UTC",
      DISPLAY: display,
      GDK_BACKEND: "x11",
      // The machine has no graphics card, no desktop and no desktop session.
      LIBGL_ALWAYS_SOFTWARE: "1",
      NO_AT_BRIDGE: "1",
    });
    const driver = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${driver}/status`)).ok || null, "WebKitWebDriver is ready", 30_000);
    const proxy = { proxyType: "manual", httpProxy: `127.0.0.1:${proxyPort}` };
    const { sessionId } = (await ask("POST", `${driver}/session`, {
      capabilities: { alwaysMatch: { proxy, unhandledPromptBehavior: "accept" } },
    })) as { sessionId: string };
    const session = `${driver}/session/${sessionId}`;
    await ask("POST", `${session}/window/rect`, { x: 0, y: 0, width: 1280, height: 900 });
    return { tab: new WebKitTab(session), close: () => processes.end() };
  } catch (error) {
    await processes.end();
    throw new Error(`WebKit did not start. Its log:\n${processes.log}`, { cause: error });
  }
}

/** Starts an X server with a virtual screen. The server chooses its display number. */
async function startScreen(processes: Processes): Promise<string> {
  const args = ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"];
  const server = processes.start("Xvfb", args, {}, ["ignore", "pipe", "pipe", "pipe"]);
  let number = "";
  server.stdio[3]?.on("data", (text) => (number += text));
  return until(() => (number.endsWith("\n") ? `:${number.trim()}` : null), "Xvfb says its number", 30_000);
}

/** Sends a command of WebDriver: https://www.w3.org/TR/webdriver2/ */
async function ask(method: "GET" | "POST", url: string, body: Json = {}): Promise<Json> {
  const answer = await fetch(url, { method, ...(method === "POST" && { body: JSON.stringify(body) }) });
  const { value } = (await answer.json()) as { value: Json };
  if (!answer.ok) {
    const { error, message } = value as { error: string; message: string };
    throw new Error(`${error}: ${message}`);
  }
  return value;
}

class WebKitTab extends Tab {
  constructor(private readonly session: string) {
    super();
  }

  async goto(url: string): Promise<void> {
    await ask("POST", `${this.session}/url`, { url });
  }

  async back(): Promise<void> {
    await ask("POST", `${this.session}/back`);
  }

  async evaluate<Values extends Json[], Result extends Json>(run: (...values: Values) => Result, ...values: Values): Promise<Result> {
    const script = `return (${inJson(run)})(arguments[0]);`;
    return JSON.parse((await ask("POST", `${this.session}/execute/sync`, { script, args: [JSON.stringify(values)] })) as string);
  }

  async run(script: string): Promise<void> {
    await ask("POST", `${this.session}/execute/sync`, { script: `${script};return null;`, args: [] });
  }

  async picture(): Promise<string> {
    return (await ask("GET", `${this.session}/screenshot`)) as string;
  }

  protected async perform(actions: Json[]): Promise<void> {
    await ask("POST", `${this.session}/actions`, { actions });
  }
}
