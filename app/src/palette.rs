//! Opens the command palette. It is in a part of the WASM together with what answers clicks (`reaction.rs`). That part is loaded ahead
//! at the first sign that a person uses the page: a key, or the pointer that moves or is pressed.

use leptos::ev::{KeyboardEvent, keydown, pointerdown, pointermove};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::ui::icon::{Icon, IconKind};

/// Where the palette stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    /// Whether it is drawn, for which its part is loaded.
    pub(crate) is_drawn: RwSignal<bool>,
    pub(crate) is_open: RwSignal<bool>,
    /// The shortcut that was pressed before the part was loaded.
    pub(crate) first_key: StoredValue<Option<String>>,
}

impl Palette {
    pub(crate) fn new() -> Self {
        Self {
            is_drawn: RwSignal::new(false),
            is_open: RwSignal::new(false),
            first_key: StoredValue::new(None),
        }
    }

    /// Listens for Ctrl-K or ⌘K while the console is open, and loads the palette ahead. Does nothing on the server.
    pub(crate) fn listen(self) {
        Effect::new(move |_| {
            let key = window_event_listener(keydown, move |event| self.press(&event));
            let moved = window_event_listener(pointermove, move |_| self.draw());
            let pressed = window_event_listener(pointerdown, move |_| self.draw());
            on_cleanup(move || {
                key.remove();
                moved.remove();
                pressed.remove();
            });
        });
    }

    fn press(self, event: &KeyboardEvent) {
        if !self.is_drawn.get_untracked() {
            self.first_key.set_value(plain_key(event));
            self.draw();
        }
        let is_chord = (event.ctrl_key() || event.meta_key()) && !event.alt_key() && !event.shift_key();
        if is_chord && event.key() == "k" && !event.default_prevented() && !is_dialog_open() {
            event.prevent_default();
            self.is_open.set(true);
        }
    }

    fn draw(self) {
        // The console may be gone by now.
        if self.is_drawn.try_get_untracked() == Some(false) {
            self.is_drawn.set(true);
        }
    }
}

/// The field in the header. It is a link to the list of keys, where a person can search without scripts.
#[component]
pub(crate) fn PaletteField(palette: Palette) -> impl IntoView {
    let open = move |event: web_sys::MouseEvent| {
        // With a key held, the person wants another tab.
        if !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            palette.draw();
            palette.is_open.set(true);
        }
    };
    view! {
        <a
            class="search finder"
            href="/keys"
            aria-keyshortcuts="Control+K Meta+K"
            on:click=open
        >
            <Icon kind=IconKind::Search/>
            <span class="finder__words">"Find a key, customer, page"</span>
            <kbd class="kbd" id="finder-shortcut" aria-hidden="true">
                "Ctrl K"
            </kbd>
        </a>
    }
}

/// The character of a key that was pressed alone, outside of fields that take text and of everything that lies over the page.
pub(crate) fn plain_key(event: &KeyboardEvent) -> Option<String> {
    let is_chord = event.ctrl_key() || event.meta_key() || event.alt_key();
    let key = event.key();
    if is_chord
        || event.repeat()
        || event.is_composing()
        || event.default_prevented()
        || key.len() != 1
        || is_dialog_open()
    {
        return None;
    }
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let takes_text = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [popover]";
    target.closest(takes_text).ok()?.is_none().then_some(key)
}

/// Whether a dialog or the palette covers the page.
fn is_dialog_open() -> bool {
    document()
        .query_selector("dialog:modal, .palette:popover-open")
        .ok()
        .flatten()
        .is_some()
}
