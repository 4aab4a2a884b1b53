// Starts the WASM half of the page, and gives it up where it cannot start or stops. Runs in the page's head, before
// anything else. ASSETS, SHAPE and the like are defined by `shell.rs`.
//
// A page whose scripts were given up works as it does in a browser that runs none: by links and plain forms.
(() => {
  const page = document.documentElement;
  let stopped = false;

  // The first listener of every event that the application listens to. Once the application is given up, none of its own
  // listeners hears anything, while the browser goes on following links and sending forms.
  const events = [
    "beforeinput", "beforeunload", "cancel", "change", "click", "close", "copy", "focusin", "focusout", "input", "keydown",
    "keyup", "pointerdown", "pointermove", "popstate", "submit", "toggle", "visibilitychange",
  ];
  for (const name of events) {
    addEventListener(name, (event) => {
      if (stopped) event.stopImmediatePropagation();
      // The address is that of another screen of the application.
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
      // What is beside a modal dialog cannot be reached.
      (document.querySelector("dialog:modal") ?? document.body).prepend(note);
    });
  }

  // The application stopped: its panic hook says so, or the browser ended it.
  addEventListener("latchkey-stopped", giveUp);
  const ended = (cause) => cause instanceof WebAssembly.RuntimeError && giveUp();
  addEventListener("error", (event) => ended(event.error));
  addEventListener("unhandledrejection", (event) => ended(event.reason));

  // From the end of parsing until the application takes the page over, nobody but browser extensions and the like changes
  // the page. Those changes are noted, and undone: the application has to find what the server sent.
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
      // What was put behind everything else is in nobody's way.
      if (target === document.body && !change.nextSibling && !change.removedNodes.length) continue;
      for (const node of change.addedNodes) if (node.parentNode === target) target.removeChild(node);
      const next = change.nextSibling?.parentNode === target ? change.nextSibling : null;
      for (const node of change.removedNodes) target.insertBefore(node, next);
    }
  }

  // The shape of the page: the kinds and places of its nodes, as a number (FNV-1a). The server wrote down what it sent,
  // see `shape.rs`. Where something on the way changed it, the application would take the wrong elements for its own.
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
  // So long a page waits whose scripts do not come.
  setTimeout(() => "starting" in page.dataset && giveUp(), 30_000);
  Promise.all([import(js).then((module) => module.default({ module_or_path: wasm }).then(() => module)), parsed])
    .then(async ([module]) => {
      await module.load();
      if (stopped) return;
      undoChanges();
      const sent = page.dataset.shape;
      if (sent && shape(parseInt(sent, 10)) !== sent) throw new Error("The page was changed on its way.");
      module.hydrate();
      // Effects that the application queued as microtasks have run by then. A timer, since a hidden tab draws no frames.
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
