//! Searches the choices of a filter that its menu does not show.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::reaction::ChoiceSearch;
use crate::server_fns::suggest::suggest;

/// Shows the choices that match a text. Ticked choices stay, even if they do not match.
pub(crate) fn find_choices(search: ChoiceSearch, text: String) {
    let ChoiceSearch {
        choice,
        list,
        shown,
        found,
        number,
    } = search;
    let next = |number: &mut u32| {
        *number = number.wrapping_add(1);
        *number
    };
    let Some(own) = number.try_update_value(next) else {
        return;
    };
    leptos::task::spawn_local(async move {
        let answer = suggest(choice, text).await.unwrap_or_default();
        if number.try_get_value() != Some(own) {
            return;
        }
        let ticked = ticked(list);
        let mut all = shown.get_untracked();
        all.retain(|(value, _)| ticked.contains(value));
        found.set(Some(answer.len()));
        for option in answer {
            if !ticked.contains(&option.value) {
                all.push((option.value, option.title));
            }
        }
        shown.set(all);
    });
}

/// The values of the boxes that are ticked.
fn ticked(list: NodeRef<html::Div>) -> Vec<String> {
    let Some(list) = list.get_untracked() else {
        return Vec::new();
    };
    let boxes = list.get_elements_by_tag_name("input");
    (0..boxes.length())
        .filter_map(|index| boxes.item(index)?.dyn_into::<HtmlInputElement>().ok())
        .filter(HtmlInputElement::checked)
        .map(|input| input.value())
        .collect()
}
