// Takes the pictures of the table in shots.ts.

import { test } from "@playwright/test";
import { DatabaseLine } from "../tests/database-line.ts";
import { takePictures } from "./camera.ts";
import { SHOTS, viewsOf } from "./shots.ts";
import { Stage, prepare, startOnPostgres, startServer } from "./stage.ts";

for (const shot of SHOTS) {
  test(shot.name, async ({ context }) => {
    await prepare(context);
    const { data = "full", as = "mara" } = shot;
    const line = data === "full on PostgreSQL" ? await DatabaseLine.open() : undefined;
    try {
      const server = await (line ? startOnPostgres(line) : startServer(data));
      const stage = new Stage(await context.newPage(), server, line);
      try {
        if (as !== "nobody" && data !== "none") await stage.logIn(as);
        await shot.scene(stage);
        await takePictures(stage.page, shot.name, viewsOf(shot), async (view) => shot.ready?.(stage, view));
        await context.close();
      } finally {
        for (const end of stage.ends) await end();
        server.remove();
      }
    } finally {
      await line?.close();
    }
  });
}
