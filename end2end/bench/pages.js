// Measures the console's pages in Chromium, for `cargo xtask bench pages`, which also makes the data. Prints one line of JSON.

import { measurePalette } from "./palette.js";
import { scorePages } from "./scores.js";
import { measureSlowLoads } from "./slow.js";
import { weighKeys } from "./weight.js";

/** @type {Record<string, (site: import("./chromium.js").Site) => Promise<unknown>>} */
const PARTS = { palette: measurePalette, scores: scorePages, slow: measureSlowLoads, weight: weighKeys };

const part = PARTS[process.argv[2] ?? ""];
const { LATCHKEY_BENCH_URL: url, LATCHKEY_BENCH_COOKIES: cookies } = process.env;
if (!part || !url || cookies === undefined) throw new Error("run `cargo xtask bench pages`, which starts this script");
const measured = await part({ url, cookies });
// A connection that is still open would keep Node from ending.
process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit());
