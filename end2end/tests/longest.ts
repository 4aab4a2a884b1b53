// Finds faults in the layout of the present page. This code runs in the browser.

/** Looks for faults, and returns a sentence for each. */
export function inspect(): string[] {
  const faults: string[] = [];
  const named = (element: Element) => {
    const words = (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 30);
    return `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${words}`;
  };
  const { documentElement: root } = document;
  if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} px wide`);

  // These regions may scroll, since a keyboard can scroll them.
  const mayScroll = (element: Element) => element.matches("pre, [role=tablist], [role=region][tabindex], input, select, textarea");
  // Text that only screen readers read is clipped.
  const clipped = (element: Element): boolean => getComputedStyle(element).clipPath !== "none" || (element.parentElement !== null && clipped(element.parentElement));
  const visible = (element: Element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !element.matches(".skip") && !clipped(element);
  const open = document.querySelector("dialog:modal") ?? document.querySelector("[popover]:popover-open") ?? document.body;
  for (const element of open.querySelectorAll("*")) {
    const { overflowX } = getComputedStyle(element);
    const scrolls = overflowX === "auto" || overflowX === "scroll";
    if (scrolls && element.scrollWidth > element.clientWidth + 1 && visible(element) && !mayScroll(element)) faults.push(`scrolls sideways: ${named(element)}`);
  }
  if (open !== document.body) {
    const { left, right, top, bottom } = open.getBoundingClientRect();
    if (left < 0 || right > innerWidth || top < 0 || bottom > innerHeight) faults.push(`out of the window: ${named(open)}`);
    if (open.scrollWidth > open.clientWidth + 1) faults.push(`wider than its place: ${named(open)}`);
  }

  // Every action must be completely visible: inside the window, and inside every element that clips its content.
  for (const action of open.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), textarea")) {
    if (!visible(action)) continue;
    const { left, right, width } = action.getBoundingClientRect();
    if (width === 0) continue;
    let [start, end] = [0, innerWidth];
    for (let around = action.parentElement; around; around = around.parentElement) {
      if (mayScroll(around)) [start, end] = [-Infinity, Infinity];
      else if (getComputedStyle(around).overflowX !== "visible" && around !== document.body && around !== root) {
        const box = around.getBoundingClientRect();
        [start, end] = [Math.max(start, box.left), Math.min(end, box.right)];
      }
      if (mayScroll(around)) break;
    }
    if (left < start - 1 || right > end + 1) faults.push(`cut off (${Math.round(left)} to ${Math.round(right)} px): ${named(action)}`);
  }

  if (innerWidth >= 1280) {
    for (const row of document.querySelectorAll("table[aria-label='API Keys'] tbody tr")) {
      const { height } = row.getBoundingClientRect();
      if (height > 64) faults.push(`a row is ${height} px high: ${named(row)}`);
    }
  }
  return faults;
}
