//! Runs the reactions. Only the part of the palette calls this, so that no page waits for it.

use crate::pages::console::{choose_environment, choose_preference};
use crate::pages::keys::choice_search::find_choices;
use crate::pages::keys::endpoints_popover::toggle_endpoints;
use crate::pages::keys::row_events::select;
use crate::pages::keys::search_field::search_keys;
use crate::pages::keys::toggle::press_toggle;
use crate::reaction::Reaction;
use crate::ui::copy::copy_and_say;
use crate::ui::find::{narrow_options, press_key};

pub(super) fn run(reaction: Reaction) {
    match reaction {
        Reaction::CopyText(text) => copy_and_say(text),
        Reaction::NarrowOptions(search) => narrow_options(&search),
        Reaction::PressKeyInSearch(search, key) => press_key(&search, &key),
        Reaction::FindChoices(search, text) => find_choices(search, text),
        Reaction::SearchKeys(search) => search_keys(search),
        Reaction::SelectKey(input, selected) => select(&input, selected),
        Reaction::ToggleKey(button) => press_toggle(button),
        Reaction::ToggleEndpoints(link, loaded) => toggle_endpoints(&link, loaded),
        Reaction::ChooseEnvironment(name, remembered) => choose_environment(name, remembered),
        Reaction::ChoosePreference(button, chosen) => choose_preference(&button, chosen),
    }
}
