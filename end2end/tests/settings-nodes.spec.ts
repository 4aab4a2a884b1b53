import { type Server, expect, expectAccessibleEverywhere, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, mintKey, row, rowOf } from "./journeys.ts";

test.use({ serverEnvironment: { ...WITH_OWNER, LATCHKEY_NODE_NAME: "node-a" } });

test.beforeEach(async ({ context }) => arriveLoggedIn(context));

const STATES = { silent: /^Silent until \d\d:\d\d:\d\d$/ };

test("the nodes are listed as they join, fall silent, wake up and stop", async ({ page, open, server }) => {
  test.slow();
  await open("/settings/nodes");
  const state = (node: string) => rowOf(page, "Nodes", node).getByRole("cell").last();
  await expect(page.getByRole("columnheader")).toHaveText(["Name", "Version", "Started", "Change", "Behind", "Last heard", "State"]);
  await expect(state("node-a")).toHaveText("In step");
  await expectAccessibleEverywhere(page);
  const other: Server = await server.beside({ LATCHKEY_NODE_NAME: "node-b" });
  try {
    await expect(state("node-b")).toHaveText("In step");
    other.pause();
    await expect(state("node-b")).toHaveText(STATES.silent, { timeout: 15_000 });
    await expectAccessibleEverywhere(page);
    other.resume();
    await expect(state("node-b")).toHaveText("In step", { timeout: 15_000 });
  } finally {
    await other.crash();
  }
  // The two servers share this machine, so the first one knows that the process of the second one is dead.
  await expect(state("node-b")).toHaveText("Stopped", { timeout: 15_000 });
  await expectAccessibleEverywhere(page);
});

test("the message about a change follows it until it is in force on a silent node, too", async ({ page, open, server }) => {
  test.slow();
  mintKey(server, "Shop");
  const other = await server.beside({ LATCHKEY_NODE_NAME: "node-b", LATCHKEY_STALE_LIMIT: "12s" });
  try {
    await open("/keys");
    const press = (name: string) => row(page, "Shop").getByRole("button", { name, exact: true }).click();
    await press("Disable Shop");
    await expect(page.getByText(/^Refused on 2 of 2 nodes after (\d+ ms|\d+\.\d s)\.$/)).toBeVisible();
    await press("Enable Shop");
    await expect(page.getByText(/^Accepted on 2 of 2 nodes after (\d+ ms|\d+\.\d s)\.$/)).toBeVisible();
    other.pause();
    await press("Disable Shop");
    await expect(page.getByText("Refused on 1 of 2 nodes so far.", { exact: true })).toBeVisible();
    const silent = page.getByText(/^Refused on 1 of 2 nodes; node-b refuses at \d\d:\d\d:\d\d at the latest\.$/);
    await expect(silent).toBeVisible({ timeout: 10_000 });
    await expect(page.getByText(/^Refused on 1 of 1 node after \d+\.\d s\.$/)).toBeVisible({ timeout: 20_000 });
  } finally {
    await other.crash();
  }
});
