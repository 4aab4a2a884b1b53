// What a shot is.

import { VIEWS, type ViewName } from "./camera.ts";
import type { PersonName } from "./people.ts";
import type { Data, Stage } from "./stage.ts";

export type Shot = {
  /** The beginning of the names of its files. */
  name: string;
  /** What is on it, in a few words. */
  about: string;
  /** The data of its server; those of the story if left out. */
  data?: Data;
  /** Who has logged in; the owner if left out. */
  as?: PersonName | "nobody";
  /** Whether it changes what other shots show, and so needs a server for itself. */
  alone?: boolean;
  /** What the browser says about this state, such as that an answer has the status of a refusal. */
  complaint?: RegExp;
  /** The pictures that are taken; the one in light colours if left out. */
  views?: readonly ViewName[];
  /** Brings the page into the state of the pictures. */
  scene: (stage: Stage) => Promise<void>;
  /** Brings what the picture is about into the window, each time after its size has changed. */
  ready?: (stage: Stage, view: ViewName) => Promise<void>;
};

/** All pictures, for a screen and for the dialogs that people open most. The states of a screen differ from it only in little. */
export const EVERYWHERE: readonly ViewName[] = VIEWS.map(({ name }) => name);

export function viewsOf(shot: Shot): readonly ViewName[] {
  return shot.views ?? ["light"];
}
