// Empties a page when a person leaves it. Browsers store pages to show them again with Back, even after logging out. On plain
// http, `no-store` does not stop WebKit from doing so. A stored page must show no key, no code and no password, and a page that
// comes back asks the server. This script needs no other: the application may not have started.
addEventListener("pagehide", () => document.body?.replaceChildren());
addEventListener("pageshow", (event) => {
  // `reload` would send a form again.
  if (event.persisted) location.replace(location.pathname + location.search);
});
