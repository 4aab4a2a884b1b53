import { ENGINES, expect, test } from "./fixture.ts";

for (const engineName of ENGINES) {
  test.describe(engineName, () => {
    test.use({ engineName });

    test("errors of the browser reach the test", async ({ plain: screen, engine, complaints }) => {
      await screen.open("/login");
      await engine.tab.evaluate(() => {
        console.error("first complaint");
        setTimeout(() => {
          throw new Error("second complaint");
        });
        return true;
      });
      await expect.poll(() => complaints.join("\n")).toMatch(/first complaint[^]*second complaint/);
      complaints.length = 0;
    });
  });
}
