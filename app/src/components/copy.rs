//! Copying text: by the Clipboard API, and on plain http, where there is none, by selecting and copying.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::icon::{Icon, IconKind};

/// How long the button says that it worked.
const SAID: Duration = Duration::from_secs(2);

/// A button that copies the value or text of the element with the id `source`.
#[component]
pub(crate) fn CopyButton(
    source: &'static str,
    /// The word on the button, if it has one.
    #[prop(optional)]
    word: &'static str,
    /// The rest of its name, for screen readers: `Copy` + ` API key`.
    what: &'static str,
    /// It worked.
    #[prop(into)]
    on_copied: Callback<()>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            if copy_element(source).await {
                on_copied.run(());
                say_for_a_while(copied);
            }
        });
    };
    view! {
        <button class="token__copy needs-scripts" type="button" on:click=copy>
            {move || {
                let kind = if copied.get() { IconKind::Check } else { IconKind::Copy };
                view! { <Icon kind/> }
            }}
            {if word.is_empty() {
                view! { <span class="vh">{format!("Copy {what}")}</span> }.into_any()
            } else {
                view! { <span>{word} <span class="vh">{what}</span></span> }.into_any()
            }}
        </button>
        <span class="vh" aria-live="polite">
            {move || copied.get().then_some("Copied")}
        </span>
    }
}

/// A copy button says that it worked.
pub(crate) fn say_for_a_while(copied: RwSignal<bool>) {
    copied.try_set(true);
    set_timeout(move || copied.try_set(false).map_or((), drop), SAID);
}

async fn copy_element(id: &str) -> bool {
    let Some(element) = document().get_element_by_id(id) else {
        return false;
    };
    let input = element.dyn_ref::<web_sys::HtmlInputElement>();
    let text = input.map_or_else(
        || element.text_content().unwrap_or_default(),
        web_sys::HtmlInputElement::value,
    );
    write_to_clipboard(&text).await || select_and_copy(&element, input)
}

/// Copies a text that does not stand on the screen.
pub(crate) async fn copy_text(text: &str) -> bool {
    write_to_clipboard(text).await || copy_from_a_field(text).unwrap_or_default()
}

async fn write_to_clipboard(text: &str) -> bool {
    match clipboard() {
        Some(clipboard) => JsFuture::from(clipboard.write_text(text)).await.is_ok(),
        None => false,
    }
}

/// Puts the text into a field to be copied from, for as long as that takes, where the focus is: outside of a modal
/// dialog nothing can be selected.
fn copy_from_a_field(text: &str) -> Option<bool> {
    let focused = document().active_element();
    let place = match focused.as_ref().and_then(|it| it.closest("dialog").ok().flatten()) {
        Some(dialog) => dialog,
        None => document().body()?.into(),
    };
    let field = document().create_element("input").ok()?;
    field.set_class_name("vh");
    place.append_child(&field).ok()?;
    let input: &web_sys::HtmlInputElement = field.unchecked_ref();
    input.set_value(text);
    let copied = select_and_copy(&field, Some(input));
    field.remove();
    if let Some(focused) = focused.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = focused.focus();
    }
    Some(copied)
}

/// `navigator.clipboard`, which is not there on plain http.
fn clipboard() -> Option<web_sys::Clipboard> {
    let navigator = window().navigator();
    let value = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok()?;
    value.dyn_into().ok()
}

fn select_and_copy(element: &web_sys::Element, input: Option<&web_sys::HtmlInputElement>) -> bool {
    match input {
        Some(input) => {
            let _ = input.focus();
            input.select();
        }
        None => {
            if let Ok(Some(selection)) = window().get_selection() {
                let _ = selection.select_all_children(element);
            }
        }
    }
    let document: web_sys::HtmlDocument = document().unchecked_into();
    document.exec_command("copy").unwrap_or(false)
}
