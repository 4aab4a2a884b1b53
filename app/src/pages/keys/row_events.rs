//! What a click on a row of the list does. The table listens for all its rows, since a page with many rows would be interactive later
//! if each button had a listener of its own.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use model::id::KeyId;
use model::key_list::KeyQuery;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, MouseEvent};

use super::address::{to_params, url_with_list_query};
use super::bulk::Selected;
use crate::reaction::{Reaction, Reactor};
use crate::shared::Shared;
use crate::ui::dialog::COPY;

/// The buttons and links of a row that the table listens for: Disable, Enable, Duplicate, and the name.
const PRESSED: &str = "button[formaction], .cell-name > a";

/// The listeners of a table of keys.
#[derive(Clone, Copy)]
pub(super) struct RowEvents {
    list_place: StoredValue<Option<(String, f64)>>,
    reactor: Reactor,
    query: Memo<KeyQuery>,
    selected: Selected,
}

impl RowEvents {
    pub(super) fn new(query: Memo<KeyQuery>, selected: Selected) -> Self {
        Self {
            list_place: Shared::of_context().list_place,
            reactor: Reactor::of_context(),
            query,
            selected,
        }
    }

    /// Runs the action of a button. Without scripts, the button sends the form of the row. If the person opens a key, remembers the
    /// place in the list.
    pub(super) fn click(self, event: &MouseEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(pressed) = target.and_then(|target| target.closest(PRESSED).ok().flatten()) else {
            return;
        };
        if !pressed.has_attribute("formaction") {
            let list = to_params(&self.query.read_untracked()).to_query_string();
            let top = window().scroll_y().unwrap_or_default();
            self.list_place.set_value(Some((list, top)));
            return;
        }
        event.prevent_default();
        self.reactor.run(if pressed.has_attribute("formmethod") {
            Reaction::DuplicateKey(pressed, self.query)
        } else {
            Reaction::ToggleKey(pressed)
        });
    }

    /// Selects the key of a check box that was ticked.
    pub(super) fn change(self, event: &Event) {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = target {
            self.reactor.run(Reaction::SelectKey(input, self.selected.ids()));
        }
    }
}

/// Opens Create API Key with the settings of the key of this button.
pub(crate) fn duplicate(button: &Element, query: Memo<KeyQuery>) {
    let Some(query) = query.try_get_untracked() else {
        return;
    };
    let mut params = to_params(&query);
    params.insert(COPY, button.get_attribute("value").unwrap_or_default());
    let options = NavigateOptions {
        scroll: false,
        ..NavigateOptions::default()
    };
    use_navigate()(&url_with_list_query("/keys/new", &params), options);
}

/// Selects the key of this check box for bulk actions, or no longer.
pub(crate) fn select(input: &HtmlInputElement, selected: RwSignal<Vec<KeyId>>) {
    if let Some(id) = KeyId::parse(&input.value()) {
        Selected::from(selected).set(&id, input.checked());
    }
}
