//! Opens the command palette: its box and its field, in which a person can type at once. What the palette lists is in a part of the WASM
//! together with what answers clicks (`reaction.rs`). That part is loaded ahead at the first sign that a person uses the page: a key, or the
//! pointer that moves or is pressed.
//!
//! The box is a popover over the whole page. A modal `<dialog>` would make everything below it inert, for which browsers style every
//! element of the page again: in Chromium, the palette then opened over 50 keys after 100 ms rather than 20.

use leptos::ev::{FocusEvent, KeyboardEvent, focusin, keydown, pointerdown, pointermove};
use leptos::html;
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
    /// What stands in the field.
    pub(crate) typed: RwSignal<String>,
    /// The id of the selected entry.
    pub(crate) active: RwSignal<Option<String>>,
    /// Where the part draws its list.
    pub(crate) content: NodeRef<html::Div>,
    pub(crate) field: NodeRef<html::Input>,
    dialog: NodeRef<html::Div>,
}

impl Palette {
    pub(crate) fn new() -> Self {
        Self {
            is_drawn: RwSignal::new(false),
            is_open: RwSignal::new(false),
            first_key: StoredValue::new(None),
            typed: RwSignal::new(String::new()),
            active: RwSignal::new(None),
            content: NodeRef::new(),
            field: NodeRef::new(),
            dialog: NodeRef::new(),
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
        if is_chord && event.key() == "k" && !event.default_prevented() {
            if self.is_shown() {
                event.prevent_default();
                self.close();
            } else if !is_dialog_open() {
                event.prevent_default();
                self.is_open.set(true);
            }
        }
    }

    fn show(self) {
        let (Some(dialog), Some(field)) = (self.dialog.get_untracked(), self.field.get_untracked()) else {
            return;
        };
        if !self.is_shown() {
            // What is typed from now on is a search.
            self.first_key.set_value(None);
            field.set_value("");
            self.typed.set(String::new());
            let _ = dialog.show_popover();
            let _ = field.focus();
        }
    }

    /// Closes the palette. The browser returns the focus to where it was.
    pub(crate) fn close(self) {
        if let Some(dialog) = self.dialog.get_untracked().filter(|_| self.is_shown()) {
            let _ = dialog.hide_popover();
        }
    }

    fn is_shown(self) -> bool {
        let dialog = self.dialog.get_untracked();
        dialog.is_some_and(|dialog| dialog.matches(":popover-open").unwrap_or(false))
    }

    /// Closes the palette if something else in the page has got the focus, as it may from the browser's own controls.
    fn follow_focus(self, event: &FocusEvent) {
        let focused = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        let is_inside = self
            .dialog
            .get_untracked()
            .is_some_and(|dialog| dialog.contains(focused.as_ref()));
        if !is_inside {
            self.close();
        }
    }

    fn draw(self) {
        // The console may be gone by now.
        if self.is_drawn.try_get_untracked() == Some(false) {
            self.is_drawn.set(true);
        }
    }
}

/// The palette without its list. If its part cannot be loaded, Enter searches the list of keys.
#[component]
pub(crate) fn PaletteBox(palette: Palette) -> impl IntoView {
    Effect::new(move |_| {
        if palette.is_open.get() {
            palette.show();
        }
    });
    Effect::new(move |_| {
        let focused = window_event_listener(focusin, move |event| palette.follow_focus(&event));
        on_cleanup(move || focused.remove());
    });
    view! {
        <div
            class="palette"
            popover="auto"
            role="dialog"
            aria-modal="true"
            aria-label="Find a key, customer, page"
            node_ref=palette.dialog
            on:toggle=move |_| {
                if !palette.is_shown() {
                    palette.is_open.set(false);
                }
            }
            on:mousedown=move |event| {
                let pressed = event_target::<web_sys::Element>(&event);
                // The focus stays in the field.
                if pressed.tag_name() != "INPUT" {
                    event.prevent_default();
                }
                if is_beside(&pressed) {
                    palette.close();
                }
            }
        >
            <div class="palette__box">
                <form class="palette__field" action="/keys">
                    // An empty name means all environments.
                    <input type="hidden" name="environment" value=""/>
                    <Icon kind=IconKind::Search/>
                    <input
                        node_ref=palette.field
                        name="search"
                        role="combobox"
                        aria-label="Find a key, customer, page"
                        aria-autocomplete="list"
                        aria-expanded="true"
                        aria-controls=LIST
                        aria-activedescendant=palette.active
                        placeholder="Find a key, customer, page"
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        maxlength="200"
                        on:input=move |event| palette.typed.set(event_target_value(&event))
                    />
                    <kbd aria-hidden="true">"Esc"</kbd>
                </form>
                <div class="palette__content" node_ref=palette.content></div>
            </div>
        </div>
    }
}

/// The id of the list of results.
pub(crate) const LIST: &str = "palette-list";

/// Whether the pointer is beside the box, where the palette covers the page.
fn is_beside(pressed: &web_sys::Element) -> bool {
    pressed.class_name() == "palette"
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
