//! What answers a click or what is typed, and is needed no earlier. Its code is in a part of the WASM that no page waits for, so the
//! handlers of events only say what is to be done.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use model::id::KeyId;
use model::key_list::{KeyPage, KeyQuery};
use model::suggest::Choice;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlButtonElement, HtmlElement, HtmlInputElement};

/// What is to be done.
pub(crate) enum Reaction {
    /// Copies a text, and says so.
    CopyText(String),
    /// Shows only the options of a select that match.
    NarrowOptions(OptionSearch),
    /// Handles a key that was pressed in the field of an [`OptionSearch`].
    PressKeyInSearch(OptionSearch, String),
    /// Shows the choices of a filter that match.
    FindChoices(ChoiceSearch, String),
    SearchKeys(KeySearch),
    /// Selects the key of this check box for bulk actions, or no longer.
    SelectKey(HtmlInputElement, RwSignal<Vec<KeyId>>),
    /// Disables or enables the key of this button.
    ToggleKey(Element),
    /// Opens the popover with all endpoints of a key below this link of its row, or closes it.
    ToggleEndpoints(Element, Memo<Option<KeyPage>>),
    /// Shows this environment, and remembers it.
    ChooseEnvironment(String, RwSignal<String>),
    ChoosePreference(HtmlButtonElement, ChosenPreferences),
}

impl Reaction {
    /// What was pressed, if it does something without scripts, too: the button of a form, or a link.
    pub(crate) fn works_without_scripts(&self) -> Option<&HtmlElement> {
        match self {
            Self::ToggleKey(pressed) | Self::ToggleEndpoints(pressed, _) => pressed.dyn_ref(),
            Self::ChoosePreference(button, _) => Some(button),
            _ => None,
        }
    }
}

/// Runs reactions. It is in the context of the console, since the module that runs them is above the pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reactor(pub(crate) fn(Reaction));

impl Reactor {
    pub(crate) fn of_context() -> Self {
        expect_context()
    }

    /// Runs the reaction at once if its code is there, and otherwise as soon as it has arrived.
    pub(crate) fn run(self, reaction: Reaction) {
        (self.0)(reaction);
    }
}

/// The children of a select, and those of its groups.
pub(crate) type OptionTree = Vec<(Element, Vec<Element>)>;

/// A search among the options of a select.
pub(crate) struct OptionSearch {
    /// The id of the select.
    pub(crate) select: &'static str,
    pub(crate) text: String,
    /// All options, as they were before anything was typed.
    pub(crate) all: Rc<RefCell<OptionTree>>,
}

/// The search among the choices of a filter.
#[derive(Clone, Copy)]
pub(crate) struct ChoiceSearch {
    pub(crate) choice: Choice,
    /// The element that contains the choices.
    pub(crate) list: NodeRef<html::Div>,
    pub(crate) shown: RwSignal<Vec<(String, String)>>,
    /// How many choices the last search has found.
    pub(crate) found: RwSignal<Option<usize>>,
    /// The number of the last search.
    pub(crate) number: StoredValue<u32>,
}

/// The search in the list of keys.
#[derive(Clone, Copy)]
pub(crate) struct KeySearch {
    pub(crate) field: NodeRef<html::Input>,
    pub(crate) query: Memo<KeyQuery>,
    /// The search that the field itself has put into the URL just now.
    pub(crate) own: StoredValue<Option<String>>,
    /// Counts what was typed or sent.
    pub(crate) turn: StoredValue<u32>,
    /// Whether the form was sent. Otherwise the person may be typing still.
    pub(crate) at_once: bool,
}

/// The chosen buttons of the user menu.
#[derive(Clone, Copy)]
pub(crate) struct ChosenPreferences {
    pub(crate) theme: RwSignal<&'static str>,
    pub(crate) times: RwSignal<&'static str>,
}
