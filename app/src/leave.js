// Empties a page that is left. Browsers keep pages as they were left, to show them again with Back, also after logging out.
// `no-store` does not stop WebKit from it on plain http. So what is kept shows no key, no code and no password, and a page
// that comes back asks the server. Runs by itself: the application may not have started.
addEventListener("pagehide", () => document.body?.replaceChildren());
addEventListener("pageshow", (event) => {
  // Not `reload`, which would send a form again.
  if (event.persisted) location.replace(location.pathname + location.search);
});
