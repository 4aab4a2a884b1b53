//! Single-key shortcuts, outside of fields, and the dialog that lists them. A person can turn them off (WCAG 2.2, 2.1.4).

use leptos::ev::{KeyboardEvent, keydown};
use leptos::html;
use leptos::prelude::*;
use model::role::{Permission, Role};
use wasm_bindgen::JsCast;

use crate::palette::plain_key;
use crate::shared::Shared;
use crate::ui::button::Look;
use crate::ui::dialog::{Dialog, close, dialog_body, dialog_foot, dialog_head};

/// How long after `g` the second key counts, in milliseconds.
const SECOND_KEY: f64 = 1_500.0;
/// Where the browser remembers that shortcuts are off.
const OFF: &str = "latchkey_shortcuts_off";

/// The second key after `g`, the address, and the name of the screen.
const PLACES: [(&str, &str, &str); 7] = [
    ("h", "/", "Home"),
    ("k", "/keys", "API Keys"),
    ("c", "/customers", "Customers"),
    ("b", "/profiles", "Bias Profiles"),
    ("u", "/usage", "Usage"),
    ("a", "/audit", "Audit Log"),
    ("s", "/settings", "Settings"),
];

#[derive(Clone, Copy)]
pub(super) struct Shortcuts {
    shared: Shared,
    navigate: Callback<String>,
    /// Whether the dialog that lists them is open.
    pub(super) is_shown: RwSignal<bool>,
    is_off: RwSignal<bool>,
    /// When `g` was pressed, as events tell it.
    went_at: StoredValue<f64>,
}

impl Shortcuts {
    pub(super) fn new(shared: Shared, navigate: Callback<String>) -> Self {
        Self {
            shared,
            navigate,
            is_shown: RwSignal::new(false),
            is_off: RwSignal::new(false),
            went_at: StoredValue::new(f64::MIN),
        }
    }

    pub(super) fn listen(self) {
        Effect::new(move |_| {
            let is_off = storage().and_then(|storage| storage.get_item(OFF).ok().flatten());
            self.is_off.set(is_off.is_some());
            show_modifier();
            let key = window_event_listener(keydown, move |event| self.press(&event));
            on_cleanup(move || key.remove());
            if let Some(first) = self.shared.palette.first_key.try_update_value(Option::take).flatten() {
                self.act(&first, 0.0);
            }
        });
    }

    fn press(self, event: &KeyboardEvent) {
        if let Some(key) = plain_key(event)
            && self.act(&key, event.time_stamp())
        {
            event.prevent_default();
        }
    }

    /// Does what a key stands for. Returns whether it stands for anything.
    fn act(self, key: &str, at: f64) -> bool {
        if self.is_off.get_untracked() {
            return false;
        }
        let is_second = at - self.went_at.get_value() < SECOND_KEY;
        self.went_at.set_value(if key == "g" { at } else { f64::MIN });
        if is_second && let Some((_, href, _)) = PLACES.iter().find(|(known, ..)| *known == key) {
            self.navigate.run((*href).to_owned());
            return true;
        }
        match key {
            "g" => {}
            "c" if self.may_create() => self.navigate.run("/keys/new".to_owned()),
            "/" => self.search(),
            "?" => self.is_shown.set(true),
            _ => return false,
        }
        true
    }

    fn may_create(self) -> bool {
        let role = match self.shared.frame.get_untracked() {
            Some(Ok(frame)) => frame.me.role,
            _ => Role::Viewer,
        };
        role.may(Permission::CreateKeys)
    }

    /// Focuses the search field of the list on the screen. Without one, the palette opens.
    fn search(self) {
        let field = document()
            .query_selector("main [role=search] input[type=search]")
            .ok()
            .flatten();
        match field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()) {
            Some(field) => {
                let _ = field.focus();
                field.select();
            }
            None => self.shared.palette.is_open.set(true),
        }
    }

    fn turn(self, is_on: bool) {
        self.is_off.set(!is_on);
        if let Some(storage) = storage() {
            let _ = if is_on {
                storage.remove_item(OFF)
            } else {
                storage.set_item(OFF, "1")
            };
        }
    }
}

#[component]
pub(super) fn ShortcutsHelp(shortcuts: Shortcuts) -> impl IntoView {
    move || shortcuts.is_shown.get().then(|| draw_help(shortcuts))
}

fn draw_help(shortcuts: Shortcuts) -> AnyView {
    let node = NodeRef::<html::Dialog>::new();
    let (control, is_off) = (modifier(), shortcuts.is_off);
    let go_to = PLACES.map(|(key, _, name)| (format!("g {key}"), format!("Go to {name}")));
    let single = [
        ("/".to_owned(), "Search the list".to_owned()),
        ("c".to_owned(), "Create API Key".to_owned()),
        ("?".to_owned(), "Show these shortcuts".to_owned()),
    ];
    let always = [(format!("{control} K"), "Find a key, customer, page".to_owned())];
    let all = always.into_iter().chain(single).chain(go_to);
    let rows = all.map(|(keys, what)| {
        view! {
            <div>
                <dt>{what}</dt>
                <dd>{keys.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd> " " }).collect_view()}</dd>
            </div>
        }
    });
    let content = view! {
        <dl class="shortcuts">{rows.collect_view()}</dl>
        <label class="choice">
            <input
                type="checkbox"
                prop:checked=move || !is_off.get()
                on:change=move |event| shortcuts.turn(event_target_checked(&event))
            />
            <span>"Single-key shortcuts are on"</span>
        </label>
    };
    view! {
        <Dialog name="shortcuts" node on_cancel=|()| true on_close=move |()| shortcuts.is_shown.set(false)>
            {dialog_head("shortcuts", "Keyboard shortcuts", ())}
            {dialog_body(None, content)}
            {dialog_foot(view! {
                <button class=Look::Primary.class() type="button" autofocus on:click=move |_| close(node)>
                    "Close"
                </button>
            })}
        </Dialog>
    }
    .into_any()
}

/// Shows the shortcut of the palette in the header as the keyboard has it.
fn show_modifier() {
    if let Some(shown) = document().get_element_by_id("finder-shortcut") {
        shown.set_text_content(Some(&format!("{} K", modifier())));
    }
}

/// The name of the key beside which K opens the palette.
fn modifier() -> &'static str {
    let platform = window().navigator().platform().unwrap_or_default();
    if platform.starts_with("Mac") || platform.starts_with("iP") {
        "⌘"
    } else {
        "Ctrl"
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
