//! Tabs, which are links: each tab has its own URL.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A tab.
pub(crate) struct Tab {
    pub(crate) href: String,
    pub(crate) title: &'static str,
    /// The id by which it labels the panel.
    pub(crate) id: &'static str,
    /// A number beside the title, and what it counts, for screen readers.
    pub(crate) count: Option<(String, &'static str)>,
}

/// A row of tabs over the panel with the id `panel`. Arrow keys move the focus; Enter opens the focused tab.
#[component]
pub(crate) fn Tabs(
    label: &'static str,
    panel: &'static str,
    tabs: Vec<Tab>,
    /// The id of the shown tab.
    #[prop(into)]
    current: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=move |event| move_focus(&event)>
            {tabs
                .into_iter()
                .map(|Tab { href, title, id, count }| {
                    view! {
                        <a
                            id=id
                            role="tab"
                            href=href
                            aria-controls=panel
                            aria-selected=move || if current.get() == id { "true" } else { "false" }
                        >
                            {title}
                            {count
                                .map(|(number, words)| {
                                    view! {
                                        " "
                                        <span class="tag num">{number} <span class="vh">{words}</span></span>
                                    }
                                })}
                        </a>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// Moves the focus among the tabs, also from the last to the first. Space opens a tab, as Enter does.
fn move_focus(event: &KeyboardEvent) {
    let Some(tab) = event.target().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    let list = tab.parent_element();
    let next = match event.key().as_str() {
        "ArrowRight" => tab
            .next_element_sibling()
            .or_else(|| list.and_then(|list| list.first_element_child())),
        "ArrowLeft" => tab
            .previous_element_sibling()
            .or_else(|| list.and_then(|list| list.last_element_child())),
        "Home" => list.and_then(|list| list.first_element_child()),
        "End" => list.and_then(|list| list.last_element_child()),
        " " => {
            tab.click();
            event.prevent_default();
            return;
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(tab) = next.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = tab.focus();
    }
}
