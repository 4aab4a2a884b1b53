// The processes of a browser. They have their own folder, and they end together with all processes that they have started.

import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Processes {
  /** The home folder of the programs. */
  readonly folder = mkdtempSync(join(tmpdir(), "latchkey-browser-"));
  /** All their output. */
  log = "";
  #running: ChildProcess[] = [];

  start(program: string, args: string[], environment: Record<string, string> = {}, stdio: StdioOptions = ["ignore", "pipe", "pipe"]): ChildProcess {
    const home = { HOME: this.folder, XDG_CACHE_HOME: this.folder, XDG_CONFIG_HOME: this.folder, XDG_DATA_HOME: this.folder };
    // The program gets its own process group, in which all processes of the browser stay.
    const child = spawn(program, args, { stdio, detached: true, env: { ...process.env, ...home, ...environment } });
    child.stdout?.on("data", (text) => (this.log += text));
    child.stderr?.on("data", (text) => (this.log += text));
    child.on("error", (error) => (this.log += `${error}\n`));
    this.#running.push(child);
    return child;
  }

  /** Ends them, the last one first, and deletes the folder. */
  async end(): Promise<void> {
    for (const child of this.#running.toReversed()) {
      if (child.pid === undefined || child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // The process has already ended.
      }
      await ended;
    }
    this.#running = [];
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
