// The fixture of the tests in other engines: a server, a browser, and its errors, which fail the test.

import { writeFileSync } from "node:fs";
import { test as base, expect } from "@playwright/test";
import { WITH_OWNER } from "../journeys.ts";
import { Server } from "../server.ts";
import type { Engine, EngineName } from "./engine.ts";
import { startFirefox } from "./firefox.ts";
import { type Relay, startRelay } from "./relay.ts";
import { Screen } from "./screen.ts";
import { startWebKit } from "./webkit.ts";

export { expect };

type Fixtures = {
  /** The browser, which a test chooses by `test.use({ engineName })`. */
  engineName: EngineName;
  complaints: string[];
  /** A server with an owner. */
  server: Server;
  relay: Relay;
  engine: Engine;
  /** The browser at a URL that it treats as a secure context. */
  secure: Screen;
  /** The browser on plain http. */
  plain: Screen;
};

export const test = base.extend<Fixtures>({
  engineName: ["firefox", { option: true }],

  complaints: async ({}, use) => {
    const complaints: string[] = [];
    await use(complaints);
    expect(complaints, "the browser complained").toEqual([]);
  },

  server: async ({}, use, testInfo) => {
    // Each test starts its own browser, which takes long on a busy machine.
    testInfo.setTimeout(240_000);
    const server = await Server.start(WITH_OWNER);
    try {
      await use(server);
      await server.stop();
    } finally {
      if (testInfo.status !== testInfo.expectedStatus) {
        await testInfo.attach("server.log", { body: server.log, contentType: "text/plain" });
      }
      server.remove();
    }
  },

  relay: async ({ server, complaints }, use) => {
    const relay = await startRelay(server.url, complaints);
    await use(relay);
    await relay.close();
  },

  engine: async ({ engineName, relay, complaints }, use, testInfo) => {
    const engine = await (engineName === "firefox" ? startFirefox(relay.port, complaints) : startWebKit(relay.port));
    try {
      await use(engine);
      if (testInfo.status !== testInfo.expectedStatus) {
        const path = testInfo.outputPath("screen.png");
        writeFileSync(path, await engine.tab.picture(), "base64");
        await testInfo.attach("screen.png", { path, contentType: "image/png" });
      }
    } finally {
      await engine.close();
    }
  },

  secure: async ({ engine, relay }, use) => use(new Screen(engine.tab, relay.url)),

  plain: async ({ engine, relay }, use) => use(new Screen(engine.tab, relay.plainUrl)),
});

/** The engines, for tests that run in each of them. */
export const ENGINES: EngineName[] = ["firefox", "webkit"];
