//! What a click on a row of the list does. The table listens for all its rows, since a page with many rows would be interactive later
//! if each button had a listener of its own.

use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::{KeyPage, KeyQuery};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlInputElement, MouseEvent};

use super::address::to_params;
use super::bulk::Selected;
use crate::reaction::{Reaction, Reactor};
use crate::shared::Shared;

/// The buttons and links of a row that the table listens for: Disable, Enable, the name, and the endpoints.
const PRESSED: &str = "button[formaction], .cell-name > a, .chips";
/// The link that has the first endpoint and the number of others.
const ENDPOINTS: &str = ".chips";

/// The listeners of a table of keys.
#[derive(Clone, Copy)]
pub(super) struct RowEvents {
    list_place: StoredValue<Option<(String, f64)>>,
    reactor: Reactor,
    loaded: Memo<Option<KeyPage>>,
    query: Memo<KeyQuery>,
    selected: Selected,
}

impl RowEvents {
    pub(super) fn new(loaded: Memo<Option<KeyPage>>, query: Memo<KeyQuery>, selected: Selected) -> Self {
        Self {
            list_place: Shared::of_context().list_place,
            reactor: Reactor::of_context(),
            loaded,
            query,
            selected,
        }
    }

    /// Runs the action of a button, which sends the form of the row without scripts. Shows the endpoints of a key, whose link leads to
    /// the key without scripts. If the person opens a key, remembers the place in the list.
    pub(super) fn click(self, event: &MouseEvent) {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(pressed) = target.and_then(|target| target.closest(PRESSED).ok().flatten()) else {
            return;
        };
        if pressed.has_attribute("formaction") {
            event.prevent_default();
            self.reactor.run(Reaction::ToggleKey(pressed));
        } else if !pressed.matches(ENDPOINTS).unwrap_or_default() {
            let list = to_params(&self.query.read_untracked()).to_query_string();
            let top = window().scroll_y().unwrap_or_default();
            self.list_place.set_value(Some((list, top)));
        } else if !opens_elsewhere(event) {
            event.prevent_default();
            self.reactor.run(Reaction::ToggleEndpoints(pressed, self.loaded));
        }
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

/// Whether a browser opens a link that is clicked like this in another tab or window, or downloads it.
fn opens_elsewhere(event: &MouseEvent) -> bool {
    event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key()
}

/// Selects the key of this check box for bulk actions, or no longer.
pub(crate) fn select(input: &HtmlInputElement, selected: RwSignal<Vec<KeyId>>) {
    if let Some(id) = KeyId::parse(&input.value()) {
        Selected::from(selected).set(&id, input.checked());
    }
}
