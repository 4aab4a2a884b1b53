// Follows the links of the console to every screen and dialog that has an address.

import { expect } from "@playwright/test";

/** The kinds of addresses that a walk has to find, if there is something of everything. */
const KINDS = [
  "/", "/keys", "/keys/new", "/keys/*", "/keys/*/edit", "/keys/*/rotate", "/keys/*/delete",
  "/customers", "/customers/import", "/customers/new", "/customers/*", "/customers/*/edit", "/customers/*/resume", "/customers/*/delete", "/profiles", "/profiles/new", "/profiles/*", "/profiles/*/edit", "/profiles/*/delete",
  "/usage", "/audit", "/reference", "/settings", "/settings/environments/new", "/settings/environments/*/rename", "/settings/environments/*/rotate", "/settings/endpoints", "/settings/endpoints/new",
  "/settings/endpoints/*/edit", "/settings/endpoints/*/retire", "/settings/users", "/settings/users/invite", "/settings/users/*/role", "/settings/users/*/disable", "/settings/users/*/reset-link",
  "/settings/service-accounts", "/settings/service-accounts/new", "/settings/service-accounts/*/edit", "/settings/service-accounts/*/add-token",
  "/settings/service-accounts/*/end-token/*", "/settings/service-accounts/*/disable", "/settings/service-accounts/*/delete", "/settings/security",
];

/** The links to these screens load their pages, so they are none of those that the walk follows. */
const BEGIN = ["/", "/reference", "/customers/import"];

/** The URL without IDs and names. A walk visits one URL of each kind. */
function kind(address: string): string {
  const { pathname } = new URL(address);
  return pathname.replace(/^\/settings\/endpoints\/(?!new$)[^/]+/, "/settings/endpoints/*").replace(/\/[^/]*[_0-9][^/]*/g, "/*");
}

/** Visits one address of each kind. A visit returns the links of the page. */
export async function walk(origin: string, visit: (address: string, kind: string) => Promise<string[]>): Promise<void> {
  const seen = new Set<string>();
  const waiting = BEGIN.map((path) => origin + path);
  for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
    if (seen.has(kind(address))) continue;
    seen.add(kind(address));
    const links = await visit(address, kind(address));
    for (const link of links) if (!seen.has(kind(link)) && !waiting.some((known) => kind(known) === kind(link))) waiting.push(link);
  }
  expect(KINDS.filter((kind) => !seen.has(kind)), "the walk has not found").toEqual([]);
}

/** The links of the present page, those with the longest texts first. This code runs in the browser. */
export function links(): string[] {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a[href]:not([download], [rel=external])")];
  const length = (link: HTMLAnchorElement) => (link.closest("tr, li") ?? link).textContent?.length ?? 0;
  return links.filter((link) => link.origin === location.origin).sort((one, other) => length(other) - length(one)).map((link) => link.href);
}
