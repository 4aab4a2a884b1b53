import type { Page } from "@playwright/test";
import { expect, test } from "./fixture.ts";
import { WITH_OWNER, arriveLoggedIn, dialogs, keyNamed, mintKey, press, row, verify } from "./journeys.ts";

test.use({ serverEnvironment: WITH_OWNER });
test.beforeEach(({ context }) => arriveLoggedIn(context));

/** The visible controls that are smaller than a thumb, by their names. Links within sentences are left out, as WCAG 2.5.8 does. */
const small = (page: Page) =>
  page.evaluate(() => {
    const controls = document.querySelectorAll<HTMLElement>("button, a.button, a.icon-button, a.preset, a.nav__link, a.back, summary, [role=tab], select, input:not([type=hidden], [type=checkbox], [type=radio])");
    const shown = [...controls].filter((control) => control.checkVisibility({ visibilityProperty: true }) && !control.closest(".vh"));
    const tooSmall = shown.filter((control) => {
      const { width, height } = control.getBoundingClientRect();
      return width > 1 && (height < 43.5 || width < 43.5) && !control.closest(".vh, [aria-hidden=true]");
    });
    return tooSmall.map((control) => `${control.tagName} ${control.className} ${control.textContent?.trim() || control.getAttribute("aria-label")}`);
  });

test.describe("by thumb", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });

  for (const path of ["/keys", "/profiles", "/usage?range=30d", "/audit", "/settings/security", "/settings", "/profiles/new"]) {
    test(`every control at ${path} is large enough, and nothing scrolls sideways`, async ({ page, open, server }) => {
      const token = mintKey(server, "x".repeat(100), "--endpoint", "chat");
      await verify(server, token);
      await open(path);
      await expect(page.getByRole("main").getByRole("heading").first()).toBeVisible();
      expect(await small(page)).toEqual([]);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow).toBe(0);
    });
  }
});

test("at 200 % zoom nothing scrolls sideways and the links of the sidebar are there", async ({ page, open, server }) => {
  mintKey(server, "x".repeat(100));
  // A window of 1280 px at 200 % has room for 640.
  await page.setViewportSize({ width: 640, height: 400 });
  for (const path of ["/keys", "/usage", "/audit", "/settings/security", "/profiles"]) {
    await open(path);
    await expect(page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Usage", exact: true })).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect([path, overflow]).toEqual([path, 0]);
  }
});

test("a message covers no control, on a desktop and on a phone", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop");
  await expect.poll(() => verify(server, token)).toBe("VALID");
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await open(`/keys/${keyNamed(server, "Shop").id}/edit`);
    await dialogs.edit(page).getByRole("combobox", { name: "Status", exact: true }).selectOption(width === 1280 ? "Inactive" : "Active");
    await press(dialogs.edit(page), "Save changes");
    const message = page.locator(".toast").first();
    await expect(message).toBeVisible();
    await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    const covered = await message.evaluate((toast) => {
      const box = toast.getBoundingClientRect();
      const controls = [...document.querySelectorAll("main :is(a, button, input, select), nav a")].filter((control) => !toast.contains(control));
      const meets = ({ left, right, top, bottom }: DOMRect) => left < box.right && right > box.left && top < box.bottom && bottom > box.top;
      return controls.filter((control) => control.checkVisibility() && meets(control.getBoundingClientRect())).map((control) => control.outerHTML);
    });
    expect(covered).toEqual([]);
  }
});

test("in forced colours, bars, dots and icons stay visible, and so does the focus", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop", "--endpoint", "chat");
  for (const endpoint of ["chat", "image"]) await verify(server, token, endpoint);
  await page.emulateMedia({ forcedColors: "active" });
  await open("/usage");
  const colour = (selector: string, property: string) => page.locator(selector).first().evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), property);
  const canvas = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  for (const outcome of ["allowed", "not-permitted"]) {
    expect(await colour(`.chart__bar.outcome--${outcome}`, "fill")).not.toBe(canvas);
    expect(await colour(`.dot.outcome--${outcome}`, "background-color")).not.toBe(canvas);
  }
  expect(await colour(".chart__bar.outcome--allowed", "fill")).not.toBe(await colour(".chart__bar.outcome--not-permitted", "fill"));
  expect(await colour(".icon", "background-color")).not.toBe(canvas);
  expect(await colour(".icon", "mask-image")).toContain("data:image/svg");
  await page.getByRole("link", { name: "Export CSV", exact: true }).focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  const outline = await page.locator(":focus-visible").evaluate((element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return [outlineStyle, outlineWidth];
  });
  expect(outline).toEqual(["solid", "2px"]);
  await open("/keys");
  expect(await row(page, "Shop").locator(".status").evaluate((status) => getComputedStyle(status, "::before").backgroundColor)).not.toBe(canvas);
});

test("nothing moves for people who ask for less motion", async ({ page, open }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open("/profiles/new");
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((element) => {
      const { animationName, transitionDuration } = getComputedStyle(element);
      return animationName !== "none" || !transitionDuration.split(", ").every((duration) => duration === "0s");
    }).length,
  );
  expect(moving).toBe(0);
});

test("the accessibility tree has the names of the frame, and a place for messages before there is any", async ({ page, open, server }) => {
  const token = mintKey(server, "Shop");
  await verify(server, token);
  await open("/usage");
  await expect(page.getByRole("navigation", { name: "Main", exact: true })).toMatchAriaSnapshot(`
    - navigation "Main":
      - link "Latchkey"
      - list:
        - listitem:
          - link "Home"
        - listitem:
          - link "API Keys"
        - listitem:
          - link "Customers"
        - listitem:
          - link "Bias Profiles"
        - listitem:
          - link "Usage"
        - listitem:
          - link "Audit Log"
        - listitem:
          - link "Settings"
      - link "API Reference"
  `);
  await expect(page.getByRole("main").getByRole("navigation", { name: "Range", exact: true })).toMatchAriaSnapshot(`
    - navigation "Range":
      - list:
        - listitem:
          - link "Last 24 hours"
        - listitem:
          - link "Last 7 days"
        - listitem:
          - link "Last 30 days"
        - listitem:
          - link "Last 400 days"
  `);
  await expect(page.getByRole("search", { name: "Usage", exact: true })).toMatchAriaSnapshot(`
    - search "Usage":
      - textbox "From"
      - textbox "To"
      - combobox "Endpoint"
      - combobox "Key"
      - button "Show"
  `);
  // A live region that is added together with its text is not read.
  const messages = page.locator(".toasts");
  await expect(messages).toHaveAttribute("role", "status");
  await expect(messages).toBeEmpty();
  await open("/audit");
  const chain = page.getByRole("main").getByRole("status");
  await expect(chain).toContainText("chain intact");
  await open("/profiles/new");
  const said = page.getByRole("dialog").getByRole("status");
  await expect(said).toBeEmpty();
  await press(page.getByRole("dialog"), "Balanced");
  await expect(said).toHaveText("All categories: on, Flag from 31.");
});
