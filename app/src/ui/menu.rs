//! Menus, which are native popovers and open without scripts.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::IconKind;
use crate::ui::button::icon_and_words;

/// The popover of a menu. Its children are its [`menu_content`].
#[component]
pub(crate) fn Menu(
    id: &'static str,
    #[prop(default = "popover")] class: &'static str,
    /// Whether the content is drawn. Set when the menu is opened.
    is_drawn: RwSignal<bool>,
    children: Children,
) -> impl IntoView {
    let draw = move || {
        // The menu may be removed by now.
        if is_drawn.try_get_untracked() == Some(false) {
            is_drawn.set(true);
        }
    };
    let node = NodeRef::<html::Div>::new();
    // A person may have opened the menu before the page was hydrated.
    Effect::new(move |_| {
        if node.get().is_some_and(|menu| is_open(&menu)) {
            draw();
            // The first drawing of a hydrated menu closes it.
            set_timeout(move || open_menu(id), Duration::ZERO);
        }
    });
    view! {
        <div class=class id=id popover="auto" node_ref=node on:beforetoggle=move |_: web_sys::Event| draw()>
            {children()}
        </div>
    }
}

/// The content of a menu. Until the menu is opened, the page has the content only in a `<noscript>`: browsers with scripts take that as
/// text and make no elements of it. So `draw` must return elements only, since Leptos does not escape the texts of a `<noscript>`
/// itself, and it must not make resources, since browsers would number theirs differently.
pub(crate) fn menu_content(is_drawn: bool, draw: impl FnOnce() -> AnyView) -> AnyView {
    if is_drawn {
        return draw();
    }
    let content = cfg!(feature = "ssr").then(draw);
    view! { <noscript>{content}</noscript> }.into_any()
}

fn is_open(menu: &web_sys::Element) -> bool {
    menu.matches(":popover-open").unwrap_or(false)
}

/// Opens a menu by its button, so that it stands beside it.
fn open_menu(id: &str) {
    if document().get_element_by_id(id).is_none_or(|menu| is_open(&menu)) {
        return;
    }
    let button = document()
        .query_selector(&format!("[popovertarget={id}]"))
        .ok()
        .flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

/// Closes a menu after a choice, so that it does not cover the next screen.
pub(crate) fn hide_menu(id: &str) {
    let menu = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(menu) = menu {
        let _ = menu.hide_popover();
    }
}

/// An entry of the menu with this id that leads to another screen.
pub(crate) fn menu_link(menu: &'static str, href: &'static str, icon: IconKind, words: &'static str) -> AnyView {
    view! {
        <a class="menu__item" href=href on:click=move |_| hide_menu(menu)>
            {icon_and_words(icon, words)}
        </a>
    }
    .into_any()
}

/// An entry of a menu that sends its form.
pub(crate) fn menu_button(icon: IconKind, words: &'static str) -> AnyView {
    view! { <button class="menu__item">{icon_and_words(icon, words)}</button> }.into_any()
}
