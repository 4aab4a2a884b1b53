// Starts the WASM half of the page (the application), and gives it up if it cannot start or stops. Runs in the head of the page,
// before anything else. `shell.rs` defines ASSETS, SHAPE and similar names.
//
// A page whose application was given up works as in a browser without scripts: by links and plain forms.
(() => {
  const page = document.documentElement;
  let stopped = false;

  // This script is the first listener of every event to which the application listens. After the application is given up, no
  // listener of the application gets these events, but the browser still follows links and sends forms.
  const events = [
    "beforeinput", "beforetoggle", "beforeunload", "cancel", "change", "click", "close", "copy", "focusin", "focusout", "input", "keydown",
    "keyup", "pointerdown", "pointermove", "pointerout", "popstate", "submit", "toggle", "visibilitychange",
  ];
  for (const name of events) {
    addEventListener(name, (event) => {
      if (stopped) event.stopImmediatePropagation();
      // The URL has become that of another screen of the application.
      if (stopped && name === "popstate") location.reload();
    }, true);
  }

  function giveUp() {
    if (stopped) return;
    stopped = true;
    delete page.dataset.starting;
    delete page.dataset.hydrated;
    page.dataset.stopped = "";
    parsed.then(() => {
      for (const part of document.querySelectorAll("noscript")) part.outerHTML = part.textContent;
      const note = document.createElement("div");
      note.className = "stopped";
      note.role = "alert";
      const text = document.createElement("p");
      text.textContent = "Part of this page did not start. Links and forms work. Reload to try again.";
      const reload = document.createElement("a");
      reload.className = "button button--secondary";
      reload.href = location.pathname + location.search;
      reload.textContent = "Reload";
      note.append(text, reload);
      // The palette covers the page. While a modal dialog is open, a person cannot reach anything outside it.
      document.querySelector(".palette")?.hidePopover?.();
      (document.querySelector("dialog:modal") ?? document.body).prepend(note);
    });
  }

  // The application has stopped if its panic hook says so, or if the browser has ended it.
  addEventListener("latchkey-stopped", giveUp);
  const ended = (cause) => cause instanceof WebAssembly.RuntimeError && giveUp();
  addEventListener("error", (event) => ended(event.error));
  addEventListener("unhandledrejection", (event) => ended(event.reason));

  // Between the end of parsing and hydration, only browser extensions and similar programs change the page. This script records
  // those changes and undoes them, since the application must find what the server has sent.
  const changes = [];
  const observer = new MutationObserver((records) => changes.push(...records));
  const parsed = new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true })).then(() =>
    observer.observe(document.body, { childList: true, characterData: true, characterDataOldValue: true, subtree: true }));

  function undoChanges() {
    changes.push(...observer.takeRecords());
    observer.disconnect();
    for (const change of changes.reverse()) {
      const { target } = change;
      if (change.type === "characterData") {
        target.data = change.oldValue;
        continue;
      }
      // Nodes at the end of the body do not disturb hydration.
      if (target === document.body && !change.nextSibling && !change.removedNodes.length) continue;
      for (const node of change.addedNodes) if (node.parentNode === target) target.removeChild(node);
      const next = change.nextSibling?.parentNode === target ? change.nextSibling : null;
      for (const node of change.removedNodes) target.insertBefore(node, next);
    }
  }

  // The page shape: a hash (FNV-1a) over the kinds and places of the nodes. The server has written the shape of what it sent into
  // the page, see `shape.rs`. If something on the way has changed the page, the application would hydrate the wrong elements.
  function shape(count) {
    let hash = 0x811c9dc5;
    const add = (text) => {
      for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
    };
    const walk = (nodes) => {
      for (const node of nodes) {
        if (node.nodeType === Node.TEXT_NODE) add("t");
        else if (node.nodeType === Node.COMMENT_NODE) add("c");
        else {
          add(`<${node.localName}`);
          if (!["noscript", "script", "style", "textarea", "title"].includes(node.localName)) walk(node.childNodes);
          add(">");
        }
      }
    };
    walk([...document.body.childNodes].slice(0, count));
    return `${count}.${hash}`;
  }

  const { js, wasm } = document.currentScript.dataset;
  page.dataset.starting = "";
  // A page waits this long for scripts that do not arrive.
  setTimeout(() => "starting" in page.dataset && giveUp(), 30_000);
  Promise.all([import(js).then((module) => module.default({ module_or_path: wasm }).then(() => module)), parsed])
    .then(async ([module]) => {
      await module.load();
      if (stopped) return;
      undoChanges();
      const sent = page.dataset.shape;
      if (sent && shape(parseInt(sent, 10)) !== sent) throw new Error("The page was changed on its way.");
      module.hydrate();
      // By then, effects that the application queued as microtasks have run. This is a timer, since a hidden tab draws no frames.
      setTimeout(() => {
        if (stopped) return;
        delete page.dataset.starting;
        page.dataset.hydrated = "";
      });
    })
    .catch((cause) => {
      console.error(cause);
      giveUp();
    });
})();
