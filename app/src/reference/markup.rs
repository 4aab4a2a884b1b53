//! The little of Markdown that descriptions use: paragraphs, and words in backticks.

use leptos::prelude::*;

/// Text with its words in backticks as code.
pub(super) fn inline(text: &str) -> AnyView {
    let pieces = text.split('`').enumerate().map(|(index, piece)| {
        let piece = piece.to_owned();
        if index % 2 == 1 {
            view! { <code class="mono">{piece}</code> }.into_any()
        } else {
            piece.into_any()
        }
    });
    pieces.collect_view().into_any()
}

/// Text in paragraphs.
pub(super) fn paragraphs(text: &str) -> AnyView {
    let all = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    all.map(|paragraph| view! { <p>{inline(paragraph)}</p> })
        .collect_view()
        .into_any()
}

/// A link to a place on the screen. The browser itself goes there, not the application's router.
pub(super) fn link(to: &str, content: impl IntoAny) -> AnyView {
    view! {
        <a href=format!("#{to}") rel="external">
            {content.into_any()}
        </a>
    }
    .into_any()
}
