//! The command palette: a field that finds keys, customers, people, screens and actions, by keyboard alone. It follows the editable
//! combobox with a listbox of the ARIA Authoring Practices, inside a dialog. The dialog and the field are in `crate::palette`.

mod entries;
mod shortcuts;

use std::time::Duration;

use leptos::ev::{KeyboardEvent, keydown};
use leptos::portal::Portal;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use model::find::Found;
use model::id::KeyId;
use model::role::Role;
use wasm_bindgen::JsCast;

use self::entries::{Act, Entry, copy_link, entries, group_of_actions};
use self::shortcuts::{Shortcuts, ShortcutsHelp};
use crate::pages::keys::toggle::toggle;
use crate::palette::LIST;
use crate::server_fns::find::find;
use crate::shared::Shared;
use crate::ui::dialog::focus_screen;
use crate::ui::mark::marked;

/// The server is asked after nothing was typed for this long.
const PAUSE: Duration = Duration::from_millis(40);
/// When the focus has to be somewhere after another screen was opened.
const FOCUS_CHECK: Duration = Duration::from_millis(300);

/// The palette and the shortcuts of the whole console. Drawn once, when its part is loaded.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let state = State::new();
    let shared = state.shared;
    let palette = shared.palette;
    let shortcuts = Shortcuts::new(shared, state.navigate);
    shortcuts.listen();
    Effect::new(move |_| {
        if palette.is_open.get() {
            state.begin();
        }
    });
    Effect::new(move |_| state.search(palette.typed.get().trim()));
    Effect::new(move |_| {
        let index = state.active.get();
        palette
            .active
            .set((index < state.entries.read().len()).then(|| option_id(index)));
        if let Some(element) = document().get_element_by_id(&option_id(index)) {
            element.scroll_into_view_with_bool(false);
        }
    });
    let choose = Callback::new(move |index: usize| {
        let entry = state.entries.read_untracked().get(index).cloned();
        if let Some(entry) = entry {
            palette.close();
            match entry.act {
                Act::ShowShortcuts => shortcuts.is_shown.set(true),
                act => state.run(act),
            }
        }
    });
    Effect::new(move |_| {
        let pressed = window_event_listener(keydown, move |event| {
            if is_in_field(&event, palette) {
                state.press(&event, choose);
            }
        });
        on_cleanup(move || pressed.remove());
    });
    view! {
        {move || {
            palette
                .content
                .get()
                .map(|content| {
                    view! {
                        <Portal mount=content>
                            <List state choose/>
                        </Portal>
                    }
                })
        }}
        <ShortcutsHelp shortcuts/>
    }
}

/// What stands below the field.
#[component]
fn List(state: State, choose: Callback<usize>) -> impl IntoView {
    view! {
        <div class="palette__list" id=LIST role="listbox" aria-label="Results">
            {move || draw_groups(state, choose)}
        </div>
        <p class="vh" role="status">
            {move || state.status()}
        </p>
        <p class="palette__foot" aria-hidden="true">
            <span>"↑↓ choose"</span>
            <span>"↵ open"</span>
            <span>"⇥ actions"</span>
            <span>"c create · / search · ? all shortcuts"</span>
        </p>
    }
}

fn is_in_field(event: &KeyboardEvent, palette: crate::palette::Palette) -> bool {
    let field = palette.field.get_untracked();
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    field.is_some_and(|field| target.is_some_and(|target| target == **field))
}

fn option_id(index: usize) -> String {
    format!("palette-{index}")
}

/// The entries under their headings.
fn draw_groups(state: State, choose: Callback<usize>) -> AnyView {
    let mut groups: Vec<(String, Vec<AnyView>)> = Vec::new();
    for (index, entry) in state.entries.get().into_iter().enumerate() {
        let group = entry.group.clone();
        let line = draw_entry(state, choose, index, entry);
        match groups.last_mut() {
            Some((known, lines)) if *known == group => lines.push(line),
            _ => groups.push((group, vec![line])),
        }
    }
    let groups = groups.into_iter().enumerate().map(|(number, (title, lines))| {
        let id = format!("palette-group-{number}");
        view! {
            <ul role="group" aria-labelledby=id.clone()>
                <li role="presentation" class="palette__group" id=id.clone()>
                    {title}
                </li>
                {lines}
            </ul>
        }
    });
    groups.collect_view().into_any()
}

fn draw_entry(state: State, choose: Callback<usize>, index: usize, entry: Entry) -> AnyView {
    let selected = move || if state.active.get() == index { "true" } else { "false" };
    view! {
        <li
            role="option"
            id=option_id(index)
            aria-selected=selected
            on:mousemove=move |_| state.select(index)
            on:click=move |_| choose.run(index)
        >
            <span dir="auto">{marked(&entry.title, &entry.marks)}</span>
            {(!entry.detail.is_empty()).then(|| view! { " " <span class="sub">{entry.detail}</span> })}
        </li>
    }
    .into_any()
}

/// What the palette shows.
#[derive(Clone, Copy)]
struct State {
    shared: Shared,
    text: RwSignal<String>,
    found: RwSignal<Found>,
    /// Whether the server has not answered yet, and whether it could not.
    is_waiting: RwSignal<bool>,
    has_failed: RwSignal<bool>,
    entries: Memo<Vec<Entry>>,
    /// The place of the selected entry.
    active: RwSignal<usize>,
    /// The place, among the keys, of the one whose actions are listed.
    chosen: RwSignal<usize>,
    /// The number of the latest request. Answers to earlier ones are ignored.
    asked: StoredValue<u32>,
    navigate: Callback<String>,
    path: Memo<String>,
}

impl State {
    fn new() -> Self {
        let shared = Shared::of_context();
        let (text, found) = (RwSignal::new(String::new()), RwSignal::new(Found::default()));
        let chosen = RwSignal::new(0);
        let role = Memo::new(move |_| match shared.frame.get() {
            Some(Ok(frame)) => frame.me.role,
            _ => Role::Viewer,
        });
        let navigate = use_navigate();
        Self {
            shared,
            entries: Memo::new(move |_| entries(text.read().trim(), &found.read(), chosen.get(), role.get())),
            text,
            found,
            is_waiting: RwSignal::new(false),
            has_failed: RwSignal::new(false),
            active: RwSignal::new(0),
            chosen,
            asked: StoredValue::new(0),
            navigate: Callback::new(move |href: String| {
                navigate(&href, NavigateOptions::default());
                set_timeout(focus_screen_if_lost, FOCUS_CHECK);
            }),
            path: use_location().pathname,
        }
    }

    /// Begins with nothing typed. On the screen of a key, the palette lists the actions on that key.
    fn begin(self) {
        self.text.set(String::new());
        self.found.set(Found::default());
        self.select_first();
        let path = self.path.get_untracked();
        let id = path.strip_prefix("/keys/").and_then(|rest| rest.split('/').next());
        match id.and_then(KeyId::parse) {
            Some(id) => self.ask(String::new(), Some(id), Duration::ZERO),
            None => self.stop_asking(),
        }
    }

    fn run(self, act: Act) {
        match act {
            Act::Go(href) => self.navigate.run(from_here(&self.path.read_untracked(), href)),
            Act::Load(href) => {
                let _ = location().assign(href);
            }
            Act::Enable(id) => leptos::task::spawn_local(toggle(self.shared, id, false)),
            Act::Disable(id) => leptos::task::spawn_local(toggle(self.shared, id, true)),
            Act::ShowShortcuts => {}
        }
    }

    fn search(self, typed: &str) {
        let text = typed.to_owned();
        if text == self.text.get_untracked() {
            return;
        }
        self.text.set(text.clone());
        self.select_first();
        if text.is_empty() {
            self.stop_asking();
            self.found.set(Found::default());
        } else {
            self.ask(text, None, PAUSE);
        }
    }

    fn ask(self, text: String, here: Option<KeyId>, pause: Duration) {
        let number = self.next_question();
        self.is_waiting.set(true);
        set_timeout(
            move || {
                // The palette may be gone by now.
                if self.asked.try_get_value() != Some(number) {
                    return;
                }
                leptos::task::spawn_local(async move {
                    let answer = find(text, here).await;
                    if self.asked.try_get_value() != Some(number) {
                        return;
                    }
                    self.has_failed.set(answer.is_err());
                    self.is_waiting.set(false);
                    self.found.set(answer.unwrap_or_default());
                    self.select_first();
                });
            },
            pause,
        );
    }

    fn stop_asking(self) {
        self.next_question();
        self.is_waiting.set(false);
        self.has_failed.set(false);
    }

    fn next_question(self) -> u32 {
        let next = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(next);
        next
    }

    fn select_first(self) {
        self.chosen.set(0);
        self.active.set(0);
    }

    /// Selects an entry. A key also lists its actions.
    fn select(self, index: usize) {
        if self.active.get_untracked() == index {
            return;
        }
        self.active.set(index);
        let key = self.entries.read_untracked().get(index).and_then(|entry| entry.key);
        if let Some(key) = key.filter(|key| *key != self.chosen.get_untracked()) {
            self.chosen.set(key);
        }
    }

    fn press(self, event: &KeyboardEvent, choose: Callback<usize>) {
        if event.is_composing() {
            return;
        }
        let count = self.entries.read_untracked().len();
        let active = self.active.get_untracked();
        match event.key().as_str() {
            "Tab" => self.select(self.other_part()),
            _ if count == 0 => return,
            "ArrowDown" => self.select((active + 1) % count),
            "ArrowUp" => self.select((active + count - 1) % count),
            "Home" if !event.shift_key() => self.select(0),
            "End" if !event.shift_key() => self.select(count - 1),
            "Enter" => choose.run(active.min(count - 1)),
            _ => return,
        }
        event.prevent_default();
    }

    /// The first action on the chosen key, or the first entry if an action is selected.
    fn other_part(self) -> usize {
        let found = self.found.read_untracked();
        let Some(key) = found.keys.get(self.chosen.get_untracked()) else {
            return 0;
        };
        let group = group_of_actions(&key.name);
        let entries = self.entries.read_untracked();
        let is_action = |entry: &Entry| entry.group == group;
        if entries.get(self.active.get_untracked()).is_some_and(is_action) {
            return 0;
        }
        entries.iter().position(is_action).unwrap_or(0)
    }

    /// What screen readers are told.
    fn status(self) -> String {
        if !self.shared.palette.is_open.get() || self.is_waiting.get() {
            return String::new();
        }
        if self.has_failed.get() {
            return "The server did not answer. Only screens and actions are listed.".to_owned();
        }
        match self.entries.read().len() {
            1 => "1 result".to_owned(),
            count => format!("{count} results"),
        }
    }
}

/// A dialog about the key on whose screen the person is leads back to that screen.
fn from_here(path: &str, href: String) -> String {
    let Some(id) = path.strip_prefix("/keys/").and_then(KeyId::parse) else {
        return href;
    };
    if href.starts_with(&format!("/keys/{id}/")) {
        format!("{href}?from=key")
    } else if href == copy_link(&id) {
        format!("{href}&from=key")
    } else {
        href
    }
}

/// Focuses the screen if the element that had the focus is gone, and no dialog has taken it.
fn focus_screen_if_lost() {
    let is_lost = document()
        .active_element()
        .is_none_or(|element| element.tag_name() == "BODY");
    let is_covered = document().query_selector("dialog:modal").ok().flatten().is_some();
    if is_lost && !is_covered {
        focus_screen();
    }
}
