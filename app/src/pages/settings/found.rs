//! What a dialog over a list is about: one of the list's rows.

use leptos::prelude::*;

use crate::components::form_dialog::{CannotDo, Form, Words};

/// Draws a dialog about something, once that is there. It keeps what it was opened with, so that what is typed stays
/// when the list loads again.
///
/// `find` answers `None` while the list is not loaded, or could not be: then the screen itself says so.
pub(super) fn about<T>(
    words: Words,
    path: &'static str,
    find: impl Fn() -> Option<Option<T>> + Send + Sync + 'static,
    draw: impl Fn(Form, T) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let found = Memo::new(move |before: Option<&Option<Option<T>>>| match before {
        Some(Some(before)) => Some(before.clone()),
        _ => find(),
    });
    let form = Form::over(words, path);
    (move || match found.get() {
        None => ().into_any(),
        Some(None) => view! { <CannotDo form text="That is no longer there."/> }.into_any(),
        Some(Some(it)) => draw(form, it),
    })
    .into_any()
}
