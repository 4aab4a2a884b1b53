//! Fields that filter a long native select or list by the typed text. Without scripts there are no such fields, and all entries
//! are shown.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::JsString;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use model::list::FEW;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlOptionElement, HtmlSelectElement};

use super::icon::{Icon, IconKind};
use super::number::grouped;
use crate::reaction::{OptionSearch, OptionTree, Reaction, Reactor};

/// A field that filters the options of a `<select>`. The selected option stays. Enter selects the first match.
#[component]
pub(crate) fn FindOption(
    /// The id of the select.
    select: &'static str,
    /// The label of the field, such as "Find an environment".
    label: &'static str,
    /// How many options there are.
    many: usize,
) -> impl IntoView {
    let all = Rc::<RefCell<OptionTree>>::default();
    let search = move |event: &web_sys::Event| OptionSearch {
        select,
        text: event_target_value(event),
        all: Rc::clone(&all),
    };
    let reactor = Reactor::of_context();
    let typed = {
        let search = search.clone();
        move |event: web_sys::Event| reactor.run(Reaction::NarrowOptions(search(&event)))
    };
    let key = move |event: KeyboardEvent| {
        let key = event.key();
        if matches!(key.as_str(), "Enter" | "ArrowDown") {
            event.prevent_default();
            reactor.run(Reaction::PressKeyInSearch(search(&event), key));
        }
    };
    (many > FEW).then(|| {
        view! {
            <span class="find">
                <Icon kind=IconKind::Search/>
                <input
                    class="input"
                    type="search"
                    aria-label=label
                    aria-controls=select
                    placeholder="Find"
                    autocomplete="off"
                    spellcheck="false"
                    on:input=typed
                    on:keydown=key
                />
            </span>
        }
    })
}

/// Shows only the options that match.
pub(crate) fn narrow_options(search: &OptionSearch) {
    let text = lower_case(search.text.trim());
    let Some(select) = select_with_id(search.select) else {
        return;
    };
    let mut all = search.all.borrow_mut();
    if all.is_empty() {
        *all = children(&select)
            .into_iter()
            .map(|child| (child.clone(), children(&child)))
            .collect();
    }
    narrow(&select, &all, &text);
    if text.is_empty() {
        // The options may have changed by the next time.
        all.clear();
    }
}

/// Moves the focus to the select. Enter selects the first match before.
pub(crate) fn press_key(search: &OptionSearch, key: &str) {
    let Some(select) = select_with_id(search.select) else {
        return;
    };
    if key == "Enter" {
        let text = lower_case(search.text.trim());
        let first = options(&select).into_iter().find(|option| holds(option, &text));
        if let (false, Some(option)) = (text.is_empty(), first) {
            select.set_value(&option.value());
            if let Ok(change) = web_sys::Event::new("change") {
                let _ = select.dispatch_event(&change);
            }
        }
    }
    let _ = select.focus();
}

/// A field that filters a list of check boxes. Ticked boxes stay.
#[component]
pub(crate) fn FindInList(
    list: NodeRef<html::Ul>,
    /// The label of the field, such as "Find an endpoint".
    label: &'static str,
    /// How many check boxes there are.
    many: usize,
) -> impl IntoView {
    let found = RwSignal::new(None::<usize>);
    let typed = move |event: web_sys::Event| {
        let text = lower_case(event_target_value(&event).trim());
        let Some(list) = list.get_untracked() else {
            return;
        };
        let mut count = 0;
        for item in children(&list) {
            let holds = lower_case(&item.text_content().unwrap_or_default()).contains(&text);
            count += usize::from(holds);
            let ticked = item.query_selector(":checked").ok().flatten().is_some();
            let _ = item.toggle_attribute_with_force("hidden", !(holds || ticked));
        }
        found.set((!text.is_empty()).then_some(count));
    };
    // Enter would send the form.
    let key = |event: KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
        }
    };
    (many > FEW).then(|| {
        view! {
            <span class="find">
                <Icon kind=IconKind::Search/>
                <input
                    class="input"
                    type="search"
                    aria-label=label
                    placeholder=label
                    autocomplete="off"
                    spellcheck="false"
                    on:input=typed
                    on:keydown=key
                />
                <span class="find__count" role="status">
                    {move || found.get().map(|count| format!("{} of {}", grouped(count as u64), grouped(many as u64)))}
                </span>
            </span>
        }
    })
}

fn select_with_id(id: &str) -> Option<HtmlSelectElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

fn children(element: &Element) -> Vec<Element> {
    let children = element.children();
    (0..children.length())
        .filter_map(|index| children.item(index))
        .collect()
}

fn options(select: &HtmlSelectElement) -> Vec<HtmlOptionElement> {
    let all = children(select);
    let nested = all.iter().flat_map(children);
    all.iter()
        .cloned()
        .chain(nested)
        .filter_map(|element| element.dyn_into().ok())
        .collect()
}

fn holds(option: &HtmlOptionElement, text: &str) -> bool {
    lower_case(&option.text()).contains(text)
}

/// Removes the options that do not match. They are not hidden, since browsers treat hidden options differently.
fn narrow(select: &HtmlSelectElement, all: &[(Element, Vec<Element>)], text: &str) {
    let value = select.value();
    let stays = |element: &Element| {
        let option = element.dyn_ref::<HtmlOptionElement>();
        option.is_some_and(|option| holds(option, text) || option.value() == value)
    };
    let put = |parent: &Element, child: &Element, there: bool| {
        if there {
            let _ = parent.append_child(child);
        } else {
            child.remove();
        }
    };
    for (child, nested) in all {
        for option in nested {
            put(child, option, stays(option));
        }
        put(select, child, stays(child) || nested.iter().any(&stays));
    }
    select.set_value(&value);
}

/// The text in lower case. The browser converts it, since Rust's own tables for that are large in WASM.
fn lower_case(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}
