//! Texts in which a search has found something.

use leptos::prelude::*;
use model::words::pieces;

/// A text with marked parts, given as ranges of bytes.
pub(crate) fn marked(text: &str, marks: &[(usize, usize)]) -> AnyView {
    if marks.is_empty() {
        return text.to_owned().into_any();
    }
    let piece = |(piece, is_marked): (&str, bool)| {
        let piece = piece.to_owned();
        if is_marked {
            view! { <mark>{piece}</mark> }.into_any()
        } else {
            piece.into_any()
        }
    };
    pieces(text, marks).into_iter().map(piece).collect_view().into_any()
}
