//! The popover with all endpoints of a key, below the link in its row. It is made when it opens and removed when it closes, so that a
//! long list has no elements for it.

use leptos::prelude::*;
use model::key_list::{GrantedTitles, KeyPage};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement};

/// The attribute of the link that says whether its popover is open. The style sheet places the popover beside a link with it.
const EXPANDED: &str = "aria-expanded";

/// Opens the popover of this link, or closes it.
pub(crate) fn toggle_endpoints(link: &Element, loaded: Memo<Option<KeyPage>>) {
    if link.get_attribute(EXPANDED).as_deref() == Some("true") {
        // If the pointer pressed the link, the browser has just closed the popover, and reports that after the click.
        let popover = link.next_element_sibling();
        if let Some(popover) = popover.and_then(|popover| popover.dyn_into::<HtmlElement>().ok()) {
            let _ = popover.hide_popover();
        }
        return;
    }
    let url = link.get_attribute("href").unwrap_or_default();
    let granted = loaded.try_with_untracked(|page| {
        let id = key_in(&url)?;
        let row = page.as_ref()?.rows.iter().find(|row| row.id.as_str() == id)?;
        row.endpoints.clone()
    });
    if let Some(granted) = granted.flatten() {
        let _ = open(link, &url, &granted);
    }
}

/// The ID in the URL of a key's screen.
fn key_in(url: &str) -> Option<&str> {
    url.split(['?', '#']).next()?.strip_prefix("/keys/")
}

fn open(link: &Element, url: &str, granted: &GrantedTitles) -> Result<(), JsValue> {
    let GrantedTitles { first: titles, count } = granted;
    let list = document().create_element("ul")?.unchecked_into::<HtmlElement>();
    list.set_class_name("popover popover--text");
    list.set_attribute("popover", "auto")?;
    list.set_attribute("role", "list")?;
    for title in titles {
        let item = add(&list, "li", title)?;
        item.set_attribute("dir", "auto")?;
    }
    let unnamed = count.saturating_sub(titles.len());
    if unnamed > 0 {
        let item = add(&list, "li", "")?;
        add(&item, "a", &format!("and {unnamed} more"))?.set_attribute("href", url)?;
    }
    // It holds no element, so the browser can free it together with the popover.
    let toggled = Closure::<dyn Fn(Event)>::new(|event: Event| tidy_up(&event));
    list.add_event_listener_with_callback("toggle", toggled.into_js_value().unchecked_ref())?;
    link.insert_adjacent_element("afterend", &list)?;
    link.set_attribute(EXPANDED, "true")?;
    list.show_popover()
}

/// Adds an element with this text.
fn add(parent: &Element, name: &str, text: &str) -> Result<Element, JsValue> {
    let element = document().create_element(name)?;
    element.set_text_content(Some(text));
    parent.append_child(&element)?;
    Ok(element)
}

/// Removes a popover that was closed.
fn tidy_up(event: &Event) {
    let popover = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(popover) = popover.filter(|popover| !popover.matches(":popover-open").unwrap_or(true)) else {
        return;
    };
    if let Some(link) = popover.previous_element_sibling() {
        let _ = link.set_attribute(EXPANDED, "false");
    }
    popover.remove();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_link_names_its_key() {
        assert_eq!(key_in("/keys/key_8fQ2nLw#endpoints"), Some("key_8fQ2nLw"));
        assert_eq!(key_in("/keys/key_8fQ2nLw?sort=name#endpoints"), Some("key_8fQ2nLw"));
        assert_eq!(key_in("/customers/cus_1"), None);
    }
}
