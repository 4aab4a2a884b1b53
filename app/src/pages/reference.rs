//! `/reference`: the management API and the verifier, out of their description. The server draws the content as it stands there; see
//! `crate::reference`. Here is only what scripts add.

use std::time::Duration;

use leptos::ev::{Event, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::cookie;
use crate::ui::copy::{CopyOutcome, copy_element};
use crate::ui::head::{head_actions, page_head};
use crate::ui::icon::IconKind;
use crate::ui::menu::hide_menu;
use crate::ui::title::Title;

/// How long the browser remembers the language, in seconds.
const YEAR: u32 = 365 * 86_400;
/// How long a button says that its request was copied.
const COPIED_SHOWN_FOR: Duration = Duration::from_secs(2);

#[component]
pub(crate) fn Reference() -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let copied = RwSignal::new(false);
    let refused = RwSignal::new(false);
    // Only the server has the content. Links to this screen load the page, but the browser's Back may draw it here.
    Effect::new(move |_| {
        if node.get().is_some_and(|node| node.child_element_count() == 0) {
            let _ = location().reload();
        }
    });
    let title = view! {
        <h1>"API Reference"</h1>
        <p>"The management API and the verifier, as this server answers them."</p>
    };
    let download = view! {
        <a class="button button--secondary" href="/manage/v1/openapi.json" rel="external" download="latchkey-openapi.json">
            {crate::ui::button::icon_and_words(IconKind::Download, "OpenAPI description")}
        </a>
    };
    view! {
        <Title text="API Reference"/>
        {page_head(title, head_actions(download))}
        <div
            class="reference"
            node_ref=node
            inner_html=content()
            on:click=move |event| click(&event, copied, refused)
            on:change=|event| remember_language(&event)
        ></div>
        <CopyOutcome copied refused text="Not copied: this browser does not allow it. It is selected, copy it by hand."/>
    }
}

/// The content, on the server. The browser keeps what the server has sent.
fn content() -> std::sync::Arc<str> {
    #[cfg(feature = "ssr")]
    if let Some(content) = use_context::<crate::reference::ReferenceContent>() {
        return content.0;
    }
    "".into()
}

/// A click on a button that copies a request, or on a link in the contents.
fn click(event: &MouseEvent, copied: RwSignal<bool>, refused: RwSignal<bool>) {
    let Some(target) = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok()) else {
        return;
    };
    if let Ok(Some(_)) = target.closest("#contents a") {
        hide_menu("contents");
    }
    let Ok(Some(button)) = target.closest("[data-copy]") else {
        return;
    };
    let request = button.get_attribute("data-copy").unwrap_or_default();
    let copying = copy_element(&format!("{request}-{}", language()));
    leptos::task::spawn_local(async move {
        let worked = copying.await;
        refused.try_set(!worked);
        if !worked {
            return;
        }
        let say = move |word: &str, done: bool| {
            if let Ok(Some(place)) = button.query_selector("span") {
                place.set_text_content(Some(word));
            }
            copied.try_set(done);
        };
        say("Copied", true);
        set_timeout(move || say("Copy", false), COPIED_SHOWN_FOR);
    });
}

/// The language that is chosen.
fn language() -> String {
    let chosen = document().query_selector("[name=language]:checked").ok().flatten();
    let input = chosen.and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
    input.map(|input| input.value()).unwrap_or_default()
}

fn remember_language(event: &Event) {
    cookie::write("latchkey_language", &event_target_value(event), YEAR);
}
