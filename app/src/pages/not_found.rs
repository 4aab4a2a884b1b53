//! The 404 page.

use leptos::prelude::*;

use super::entry_frame::{EntryFrame, text_card};
use crate::ui::button::{Look, link_button};
use crate::ui::title::Title;

#[component]
pub(crate) fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text="Not found"/>
        <EntryFrame>
            {text_card(
                "There is no such page",
                Some("The link may be old, or mistyped."),
                link_button(Look::Primary, "/", "Go to the AI Console"),
            )}
        </EntryFrame>
    }
}
