// The page that shows all pictures, docs/pictures/README.md.

import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { FOLDER, type ViewName, VIEWS, fileName } from "./camera.ts";
import { GROUPS, SHOTS, type Shot, viewsOf } from "./shots.ts";

const PAGE = "README.md";

/** Removes the pictures that no shot takes any more, and writes the page anew. */
export function finishFolder(): void {
  const known = new Set([PAGE, ...SHOTS.flatMap((shot) => viewsOf(shot).map((view) => fileName(shot.name, view)))]);
  for (const file of readdirSync(FOLDER)) if (!known.has(file)) rmSync(FOLDER + file);
  writeFileSync(FOLDER + PAGE, page());
}

function page(): string {
  const groups = Object.entries(GROUPS).map(([title, shots]) => `## ${title}\n\n${shots.filter(isTaken).map(entry).join("\n")}`);
  return [
    "# The screens of Latchkey",
    "`cargo xtask screenshots` takes these pictures of the real program and writes this page (`end2end/screenshots`). Each screen\nis there in light and dark colours at 1280 px, and as on a phone of 360 px; its other states are there in light colours.",
    ...groups,
  ].join("\n\n").trimEnd() + "\n";
}

const isTaken = (shot: Shot) => viewsOf(shot).some((view) => existsSync(FOLDER + fileName(shot.name, view)));

function entry(shot: Shot): string {
  const views = viewsOf(shot).filter((view) => existsSync(FOLDER + fileName(shot.name, view)));
  const links = views.filter((view) => view !== "light").map((view) => `[${words(view)}](${fileName(shot.name, view)})`);
  const first = views[0];
  const picture = first === undefined ? "" : `![${shot.about}](${fileName(shot.name, first)})`;
  return [`### ${shot.about}`, "", picture, "", ...(links.length > 0 ? [links.join(" · "), ""] : [])].join("\n");
}

function words(view: ViewName): string {
  const { name, width } = VIEWS.find(({ name }) => name === view) ?? VIEWS[0];
  return name === "phone" ? `on a phone (${width} px)` : `in ${name} colours`;
}
