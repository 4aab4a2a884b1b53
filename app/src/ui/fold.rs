//! Long content that is folded, and that opens without scripts.

use leptos::prelude::*;

/// How many characters of a text are shown first.
const SHOWN: usize = 200;

/// The folded rest of a list.
#[component]
pub(crate) fn Fold(words: String, children: Children) -> impl IntoView {
    view! {
        <details class="fold">
            <summary>{words}</summary>
            <ul role="list">{children()}</ul>
        </details>
    }
}

/// A text that is folded if it is long.
#[component]
pub(crate) fn LongText(text: String) -> impl IntoView {
    if text.chars().count() <= SHOWN + SHOWN / 4 {
        return text.into_any();
    }
    let start: String = text.chars().take(SHOWN).collect();
    view! {
        <details class="fold fold--text">
            <summary>{format!("{start}…")}</summary>
            {text}
        </details>
    }
    .into_any()
}
