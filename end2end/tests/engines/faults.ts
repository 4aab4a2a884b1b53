// What axe finds in a page, in every engine.

import axe, { type RunOptions } from "axe-core";
import { ABOUT_COLOURS, AXE_TAGS } from "../fixture.ts";
import { type Json, type Tab, until } from "./engine.ts";

const THEMES = [
  { theme: "light", rules: AXE_TAGS },
  { theme: "dark", rules: ABOUT_COLOURS },
] as const;

/** Checks the present page in both themes. Returns a line for each fault. */
export async function faults(tab: Tab): Promise<string[]> {
  await tab.evaluate(() => {
    // All operations of the API Reference are drawn alike, and the check of forty takes minutes.
    [...document.querySelectorAll("main article")].slice(6).forEach((operation) => operation.remove());
    return true;
  });
  // axe stays in the page until the page is left.
  if (!(await tab.evaluate(() => "axe" in globalThis))) await tab.run(axe.source);
  const found: string[] = [];
  for (const { theme, rules } of THEMES) {
    await until(() => tab.evaluate(wear, theme), `the page rests in ${theme} colours`);
    const options: RunOptions = { runOnly: [...rules], resultTypes: ["violations"] };
    await tab.evaluate(startAxe, options as Json);
    const lines = await until(() => tab.evaluate(() => (globalThis as Page).axeFound ?? null), "axe has checked the page");
    found.push(...lines.map((line) => `${theme}: ${line}`));
  }
  await tab.evaluate(wear, "light");
  return found;
}

/** What the functions below know of the page. */
type Page = { axe?: typeof axe; axeFound?: string[] | null };

/** Changes the theme, as the user menu does, and ends all motion. Returns `true` once nothing moves. */
function wear(theme: string): true | null {
  document.documentElement.dataset["theme"] = theme;
  const animations = document.getAnimations();
  for (const animation of animations) {
    // Motion without an end, such as that of a skeleton, cannot be brought to it.
    if (animation.effect?.getComputedTiming().endTime === Infinity) animation.cancel();
    else animation.finish();
  }
  return animations.length === 0 || null;
}

function startAxe(options: Json): boolean {
  const page = globalThis as Page;
  page.axeFound = null;
  const tell = (lines: string[]) => void (page.axeFound = lines);
  page.axe?.run(options as RunOptions).then(
    ({ violations }) => tell(violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ target, any }) => `${target.join(" ")} ${any[0]?.message ?? ""}`).join(", ")}`)),
    (error) => tell([`axe failed: ${error}`]),
  );
  return true;
}
