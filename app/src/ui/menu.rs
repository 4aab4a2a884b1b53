//! Menus, which are native popovers and open without scripts.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::IconKind;
use crate::ui::button::icon_and_words;

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
