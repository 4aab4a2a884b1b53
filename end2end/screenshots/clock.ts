// The clock of the servers in the pictures. libfaketime, which `cargo xtask screenshots` and `cargo xtask test` install, sets it for one process.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../tests/server.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The time on all pictures, a Thursday afternoon. */
export const NOW = Date.parse("2026-11-26T15:30:00Z");

/** A clock that can be set while the server runs. From each set time it goes on as usual. */
export class Clock {
  readonly #file: string;
  #offset = 0;

  constructor(folder: string, start: number) {
    this.#file = join(folder, "clock");
    this.set(start);
  }

  set(time: number): void {
    this.#offset = time - Date.now();
    writeFileSync(this.#file, seconds(this.#offset));
  }

  now(): number {
    return Date.now() + this.#offset;
  }

  environment(): Environment {
    return { ...preload(), FAKETIME_TIMESTAMP_FILE: this.#file, FAKETIME_NO_CACHE: "1" };
  }
}

/** The variables of a server whose clock shows `NOW` when it starts. */
export function clockAtNow(): Environment {
  return { ...preload(), FAKETIME: seconds(NOW - Date.now()) };
}

function seconds(milliseconds: number): string {
  return `${milliseconds < 0 ? "-" : "+"}${(Math.abs(milliseconds) / 1000).toFixed(3)}`;
}

function preload(): Environment {
  const library = process.env["LATCHKEY_FAKETIME"];
  if (!library) throw new Error("LATCHKEY_FAKETIME does not name libfaketime: run `cargo xtask screenshots` or `cargo xtask test --e2e-only`");
  // The clock that only runs, by which the server measures waits, cannot be set.
  return { LD_PRELOAD: library, NO_FAKE_STAT: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" };
}
