import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, authorize, dialog, dialogs, expectToast, mintKey, press, question, row, rowOf, rowWith, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });

test.beforeEach(({ context }) => arriveLoggedIn(context));

const endpoint = (page: Page, title: string) => rowWith(page, "Endpoints", `Edit ${title}`);
const adding = (page: Page) => dialog(page, "Add Endpoint");
const field = (page: Page, name: string) => adding(page).getByRole("textbox", { name, exact: true });

type Typed = { title: string; name: string; lines: string };

async function add(page: Page, { title, name, lines }: Typed): Promise<void> {
  await field(page, "Title").fill(title);
  await field(page, "Name").fill(name);
  await field(page, "Methods and paths").fill(lines);
  await press(adding(page), "Add Endpoint");
}

test("an endpoint is added and in force at once", async ({ page, open, server }) => {
  const all = mintKey(server, "All");
  const narrow = mintKey(server, "Narrow", "--endpoint", "chat");
  expect((await authorize(server, all, "GET", "/api/v1/embed/7")).status).toBe(403);
  await open("/settings/endpoints");
  await expect(page.getByText("Besides, 1 key may call all endpoints, also those added later.", { exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Add Endpoint", exact: true }).press("Enter");
  await expect(field(page, "Title")).toBeFocused();
  await add(page, { title: "Embed <now>", name: "embed", lines: "POST /api/v1/embed\nGET, HEAD  /api/v1/embed/{id}\n" });
  await expectToast(page, "Embed <now> is added.");
  await expect(adding(page)).toBeHidden();
  await expect(page).toHaveURL("/settings/endpoints");
  await expect(endpoint(page, "Embed <now>").getByRole("listitem")).toHaveText(["POST /api/v1/embed", "GET, HEAD /api/v1/embed/{id}"]);
  for (const [method, path] of [["POST", "/api/v1/embed"], ["GET", "/api/v1/embed/7"], ["HEAD", "/api/v1/embed/7"]] as const) {
    expect((await authorize(server, all, method, path)).headers.get("x-latchkey-endpoint")).toBe("embed");
    expect((await authorize(server, narrow, method, path)).status).toBe(403);
  }
  expect((await authorize(server, all, "GET", "/api/v1/embed/7/8")).status).toBe(403);
  const named = mintKey(server, "Embedder", "--endpoint", "embed");
  await expect.poll(() => verify(server, named, "embed")).toBe("VALID");
  await expect(endpoint(page, "Embed <now>").getByRole("link", { name: "1", exact: true })).toBeVisible();
});

test("mistakes are shown at their fields with their lines, and the typed text stays", async ({ page, open }) => {
  await open("/settings/endpoints/new");
  await press(adding(page), "Add Endpoint");
  await expect(field(page, "Title")).toHaveAccessibleDescription("Give the endpoint a title that people read, like Check bias.");
  await expect(field(page, "Name")).toHaveAccessibleDescription("Give the endpoint a name that programs use, like check-bias.");
  await expect(field(page, "Methods and paths")).toHaveAccessibleDescription("Say what a key may call: a line each, like POST /api/v1/chat.");
  await expect(field(page, "Title")).toBeFocused();

  const good = { title: "Image again", name: "image-2", lines: "" };
  for (const [lines, why] of [
    ["GET /a\nget /b", "Line 2: “get” is not a method; write it in capitals, like GET."],
    ["GET /a\nGET /b/../c", "Line 2: the path has a dot segment."],
    ["GET /x\nPOST /api/v1/img/thumb", "POST /api/v1/img/thumb overlaps the endpoint “image” (POST /api/v1/img/{*rest}). A request belongs to one endpoint only."],
  ] as const) {
    await add(page, { ...good, lines });
    await expect(field(page, "Methods and paths")).toHaveAccessibleDescription(why);
    await expect(field(page, "Methods and paths")).toBeFocused();
    await expect(field(page, "Methods and paths")).toHaveValue(lines);
    await expect(field(page, "Title")).toHaveValue(good.title);
  }
  await add(page, { title: "Image", name: "image", lines: "GET /free" });
  await expect(field(page, "Name")).toHaveAccessibleDescription("Another endpoint has this name. Choose a different one.");
  await add(page, { ...good, lines: "GET /free" });
  await expect(endpoint(page, "Image again")).toBeVisible();
});

test("a new title is in force at once; methods and paths are locked", async ({ page, open }) => {
  await open("/settings/endpoints");
  await endpoint(page, "Image").getByRole("link", { name: "Edit Image", exact: true }).click();
  const edit = dialog(page, "Edit Endpoint");
  const title = edit.getByRole("textbox", { name: "Title", exact: true });
  await expect(title).toBeFocused();
  await expect(edit.getByRole("textbox")).toHaveCount(1);
  const locked = edit.getByRole("group", { name: "Name, methods and paths", exact: true });
  await expect(locked).toContainText("image");
  await expect(locked.getByRole("listitem")).toHaveText(["GET, POST /api/v1/img", "GET, POST /api/v1/img/{*rest}"]);
  await title.fill(" ");
  await press(edit, "Save changes");
  await expect(title).toHaveAccessibleDescription("Give the endpoint a title that people read, like Check bias.");
  await title.fill("Pictures");
  await press(edit, "Save changes");
  await expectToast(page, "Pictures is saved.");
  await expect(endpoint(page, "Pictures")).toContainText("image");
  await page.getByRole("link", { name: "API Keys", exact: true }).click();
  await page.getByRole("link", { name: "Create API Key", exact: true }).click();
  await expect(dialogs.create(page).getByRole("checkbox", { name: "Pictures", exact: true })).toBeVisible();
});

test("a retired endpoint is refused at once, for good", async ({ page, open, server }) => {
  const all = mintKey(server, "All");
  const narrow = mintKey(server, "Narrow", "--endpoint", "image", "--endpoint", "chat");
  await open("/settings/endpoints");
  await endpoint(page, "Image").getByRole("link", { name: "Retire Image", exact: true }).press("Enter");
  const retire = question(page, "Retire Endpoint");
  await expect(retire).toContainText("1 key holds it by name, and 1 key has all endpoints.");
  await expect(retire.getByRole("button", { name: "Cancel", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(retire).toBeHidden();
  expect(await verify(server, narrow, "image")).toBe("VALID");

  await endpoint(page, "Image").getByRole("link", { name: "Retire Image", exact: true }).click();
  await press(retire, "Retire");
  await expectToast(page, "Image is retired.");
  for (const token of [all, narrow]) {
    expect((await authorize(server, token, "GET", "/api/v1/img")).status).toBe(403);
    expect(await verify(server, token, "image")).toBe("FORBIDDEN");
    expect(await verify(server, token, "chat")).toBe("VALID");
  }
  await expect(endpoint(page, "Image")).toHaveCount(0);
  await expect(rowOf(page, "Retired endpoints", "Image")).toContainText("just now");
  await expect(page.getByRole("main")).toBeFocused();

  await page.getByRole("link", { name: "Add Endpoint", exact: true }).click();
  await add(page, { title: "Image", name: "image", lines: "GET /api/v1/img" });
  await expect(field(page, "Name")).toHaveAccessibleDescription("A retired endpoint has this name, and keys may have it still. Choose a different one.");
  await add(page, { title: "Image", name: "image-2", lines: "GET /api/v1/img" });
  await expect(endpoint(page, "Image")).toBeVisible();
  expect((await authorize(server, all, "GET", "/api/v1/img")).headers.get("x-latchkey-endpoint")).toBe("image-2");
  expect((await authorize(server, narrow, "GET", "/api/v1/img")).status).toBe(403);
});

test("the number of keys links to these keys", async ({ page, open, server }) => {
  for (const name of ["One", "Two"]) mintKey(server, name, "--endpoint", "check-bias");
  mintKey(server, "Other", "--endpoint", "chat");
  await open("/settings/endpoints");
  const checking = endpoint(page, "Check bias");
  await checking.getByRole("link", { name: "2", exact: true }).click();
  await expect(row(page, "One")).toBeVisible();
  await expect(row(page, "Two")).toBeVisible();
  await expect(row(page, "Other")).toHaveCount(0);
});

test("the dialog says that an endpoint does not exist", async ({ page, open }) => {
  await open("/settings/endpoints/video/retire");
  await expect(question(page, "Retire Endpoint").or(dialog(page, "Retire Endpoint"))).toContainText("That is no longer there.");
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect(page).toHaveURL("/settings/endpoints");
  await expect(endpoint(page, "Chat")).toBeVisible();
});
