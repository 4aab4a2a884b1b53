// Debian's firefox-esr, controlled by its remote agent.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bidi } from "./bidi.ts";
import { type Engine, type Json, Tab, inJson, until } from "./engine.ts";
import { Processes } from "./processes.ts";

/** Starts the browser. It uses the proxy on this port for plain http. Its errors are added to `complaints`. */
export async function startFirefox(proxyPort: number, complaints: string[]): Promise<Engine> {
  const processes = new Processes();
  let bidi: Bidi | undefined;
  const close = async () => {
    bidi?.close();
    await processes.end();
  };
  try {
    const preferences = {
      "network.proxy.type": 1,
      "network.proxy.http": "127.0.0.1",
      "network.proxy.http_port": proxyPort,
      "intl.accept_languages": "en-US",
      // Some pages ask before they are left. Firefox 140 shows the question, but its remote agent then waits forever.
      "dom.disable_beforeunload": true,
      // With these settings, the browser itself makes no requests.
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "browser.safebrowsing.update.enabled": false,
      "datareporting.policy.dataSubmissionEnabled": false,
    };
    const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
    writeFileSync(join(processes.folder, "user.js"), lines.join(""));
    processes.start("firefox-esr", ["--headless", "--no-remote", "--profile", processes.folder, "--remote-debugging-port", "0"], { TZ: "UTC" });
    const address = await until(() => /WebDriver BiDi listening on (ws:\S+)/.exec(processes.log)?.[1], "Firefox says where it listens", 30_000);
    bidi = await Bidi.connect(`${address}/session`, (event, what) => {
      if (event === "log.entryAdded") {
        complaints.push(`${what["type"]} ${what["level"]}: ${what["text"]}`);
      }
    });
    await bidi.send("session.new", { capabilities: { alwaysMatch: { unhandledPromptBehavior: { default: "accept" } } } });
    await bidi.send("session.subscribe", { events: ["log.entryAdded"] });
    const { contexts } = (await bidi.send("browsingContext.getTree")) as { contexts: { context: string }[] };
    const [first] = contexts;
    if (!first) throw new Error("Firefox has no tab");
    await bidi.send("browsingContext.setViewport", { context: first.context, viewport: { width: 1280, height: 800 } });
    return { tab: new FirefoxTab(bidi, first.context), close };
  } catch (error) {
    await close();
    throw new Error(`Firefox did not start. Its log:\n${processes.log}`, { cause: error });
  }
}

class FirefoxTab extends Tab {
  constructor(
    private readonly bidi: Bidi,
    private readonly context: string,
  ) {
    super();
  }

  async goto(url: string): Promise<void> {
    await this.bidi.send("browsingContext.navigate", { context: this.context, url, wait: "complete" });
  }

  async back(): Promise<void> {
    await this.bidi.send("browsingContext.traverseHistory", { context: this.context, delta: -1 });
  }

  async evaluate<Values extends Json[], Result extends Json>(run: (...values: Values) => Result, ...values: Values): Promise<Result> {
    const answer = await this.bidi.send("script.callFunction", {
      functionDeclaration: inJson(run),
      awaitPromise: false,
      target: { context: this.context },
      arguments: [{ type: "string", value: JSON.stringify(values) }],
    });
    if (answer["type"] !== "success") throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return JSON.parse((answer["result"] as { value: string }).value);
  }

  async run(script: string): Promise<void> {
    const answer = await this.bidi.send("script.evaluate", { expression: `${script};0`, awaitPromise: false, target: { context: this.context } });
    if (answer["type"] !== "success") throw new Error(JSON.stringify(answer["exceptionDetails"]));
  }

  async picture(): Promise<string> {
    return (await this.bidi.send("browsingContext.captureScreenshot", { context: this.context }))["data"] as string;
  }

  protected async perform(actions: Json[]): Promise<void> {
    await this.bidi.send("input.performActions", { context: this.context, actions });
  }
}
