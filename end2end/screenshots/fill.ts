// Fills a database with the story. Each picture then has a server over a copy of it, and so has each worker of the walk through the gallery.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "../tests/server.ts";
import { Clock, NOW } from "./clock.ts";
import { finishFolder } from "./gallery.ts";
import { PEOPLE } from "./people.ts";
import { place } from "./place.ts";
import { START, Story } from "./story.ts";

/** How long before the time of the pictures the last server of the story is started, so that it has stopped by then. */
const BEFORE_PICTURES_MS = 30_000;
/** How long the server takes to sum up the days of the story after its start. */
const SUMMING_UP_MS = 8_000;

/** Runs before all pictures, and returns what runs after them. */
export default async function fillForPictures(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-pictures-"));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  try {
    const began = Date.now();
    await fill(folder);
    console.log(`      The database is filled after ${Math.round((Date.now() - began) / 1000)} s.`);
  } catch (error) {
    clean();
    throw error;
  }
  process.env["LATCHKEY_PICTURES_FOLDER"] = folder;
  return () => {
    clean();
    finishFolder();
  };
}

/** Lets the story happen, and leaves its data in this folder. */
export async function fill(folder: string): Promise<void> {
  const clock = new Clock(folder, START);
  const server = await Server.start({
    ...(await place()),
    ...clock.environment(),
    LATCHKEY_OWNER_EMAIL: PEOPLE.mara.email,
    LATCHKEY_OWNER_PASSWORD: PEOPLE.mara.password,
  });
  try {
    const story = new Story(server, clock);
    await story.tell();
    await server.stop();
    clock.set(NOW - BEFORE_PICTURES_MS);
    await server.start();
    await new Promise((resolve) => setTimeout(resolve, SUMMING_UP_MS));
    server.run(["backup", join(folder, "backup.db")]);
    await server.stop();
    cpSync(server.dataDir, join(folder, "data"), { recursive: true });
    writeFileSync(join(folder, "keys.json"), JSON.stringify(story.keys()));
  } catch (error) {
    throw new Error(`the story could not be told to its end. The server's log:\n${server.log.slice(-4_000)}`, { cause: error });
  } finally {
    server.remove();
  }
}
