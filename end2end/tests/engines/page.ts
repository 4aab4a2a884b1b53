// Finds elements by role and name, and reads them. This code runs in the page.

/** One step to an element: its role, and its name or text. */
export type Step = {
  role: keyof typeof ROLES;
  /** Its whole name. */
  name?: string;
  /** A part of its text or its name. */
  text?: string;
};

/** The action on the element. */
export type Act =
  | { act: "count" | "place" | "read" | "select" }
  | { act: "choose"; option: string };

export type Place = { x: number; y: number };

/** The selectors of roles. A field is every element into which people type. */
export const ROLES = {
  alertdialog: "[role=alertdialog]",
  button: "button, [role=button]",
  checkbox: "input[type=checkbox]",
  dialog: "dialog:not([role]), [role=dialog]",
  field: "input:not([type=checkbox], [type=radio], [type=hidden]), textarea",
  heading: "h1, h2, h3",
  link: "a[href]:not([role])",
  main: "main",
  navigation: "nav",
  row: "tr, [role=row]",
  select: "select",
  status: "[role=status], [aria-live]",
  tab: "[role=tab]",
};

/**
 * Finds visible elements, and does one thing with them. Each step searches inside the elements of the step before. Returns `null`
 * if that is not possible yet. The function must be self-contained, since it is sent to the page as text.
 */
export function inPage(steps: (Step & { selector: string })[], act: Act): number | string | Place | null {
  const tidy = (text: string | null | undefined) => (text ?? "").replace(/\s+/g, " ").trim();

  function textOf(element: Element): string {
    if (element.matches("[aria-hidden=true], svg, noscript, script, style")) return "";
    // Blocks are separated, so that their words do not run together.
    const space = getComputedStyle(element).display === "inline" ? "" : " ";
    const texts = [...element.childNodes].map((node) => (node instanceof Element ? textOf(node) : node instanceof Text ? node.data : ""));
    return space + texts.join("") + space;
  }

  function nameOf(element: Element): string {
    const labelledBy = element.getAttribute("aria-labelledby");
    if (labelledBy) return tidy(labelledBy.split(" ").map((id) => textOf(document.getElementById(id) ?? element)).join(" "));
    const label = element.getAttribute("aria-label");
    if (label) return tidy(label);
    const labels = "labels" in element ? (element.labels as NodeListOf<HTMLLabelElement> | null) : null;
    if (labels?.length) return tidy([...labels].map(textOf).join(" "));
    return tidy(textOf(element));
  }

  let found: Element[] = [document.documentElement];
  for (const { selector, name, text } of steps) {
    const inside = new Set(found.flatMap((element) => [...element.querySelectorAll(selector)]));
    found = [...inside].filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      if (!element.checkVisibility({ visibilityProperty: true }) || width === 0 || height === 0) return false;
      return (name === undefined || nameOf(element) === name) && (text === undefined || [tidy(textOf(element)), nameOf(element)].some((words) => words.includes(text)));
    });
  }
  if (act.act === "count") return found.length;
  const [element, another] = found;
  if (!element || another) return null;
  switch (act.act) {
    case "read":
      return element instanceof HTMLInputElement ? element.value : tidy(textOf(element));
    case "select":
      (element as HTMLInputElement).select();
      return "";
    case "choose": {
      // This chooses like Playwright, since the list that a browser opens is not part of the page.
      const option = [...(element as HTMLSelectElement).options].find((one) => tidy(one.textContent) === act.option);
      if (!option) return null;
      (element as HTMLSelectElement).value = option.value;
      for (const event of ["input", "change"]) element.dispatchEvent(new Event(event, { bubbles: true }));
      return "";
    }
    case "place": {
      element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
      const { x, y, width, height } = element.getBoundingClientRect();
      const place = { x: Math.round(x + width / 2), y: Math.round(y + height / 2) };
      // Whether a click at this point would reach the element.
      const hit = document.elementFromPoint(place.x, place.y);
      const label = element instanceof HTMLInputElement && element.labels ? [...element.labels] : [];
      const reached = [element, ...label].some((one) => one.contains(hit));
      return reached && !element.matches(":disabled") ? place : null;
    }
  }
}
