//! Finds the row of a list that a dialog is about.

use leptos::prelude::*;

use crate::error::AppError;
use crate::ui::form_dialog::{CannotDo, DialogTexts, Form};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum DialogRow<T> {
    /// The list is not loaded. If it cannot be loaded, the screen says so.
    NotYet,
    Nothing,
    Row(T),
}

impl<T> DialogRow<T> {
    /// Looks for the row in a list.
    pub(super) fn in_list<L>(list: Option<Result<L, AppError>>, find: impl FnOnce(L) -> Option<T>) -> Self {
        match list {
            Some(Ok(list)) => find(list).map_or(Self::Nothing, Self::Row),
            _ => Self::NotYet,
        }
    }
}

/// Draws a dialog about a row as soon as the row is loaded. A row that is not on this page of the list is loaded separately. The
/// dialog keeps the row with which it was opened, so that typed text stays when the list loads again.
pub(super) fn draw_dialog<T, F>(
    texts: DialogTexts,
    path: &'static str,
    find: impl Fn() -> DialogRow<T> + Send + Sync + 'static,
    load: impl Fn() -> F + 'static,
    draw: impl Fn(Form, T) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Future<Output = Result<Option<T>, AppError>> + 'static,
{
    let listed = Memo::new(move |before: Option<&DialogRow<T>>| match before {
        None | Some(DialogRow::NotYet) => find(),
        Some(before) => before.clone(),
    });
    let loaded = RwSignal::new(None::<Result<Option<T>, AppError>>);
    Effect::new(move |asked: Option<bool>| {
        let asks = asked != Some(true) && *listed.read() == DialogRow::Nothing;
        if asks {
            let load = load();
            leptos::task::spawn_local(async move {
                let it = load.await;
                loaded.try_set(Some(it));
            });
        }
        asks || asked == Some(true)
    });
    let form = Form::over_screen(texts, path);
    (move || match listed.get() {
        DialogRow::NotYet => ().into_any(),
        DialogRow::Row(it) => draw(form, it),
        DialogRow::Nothing => match loaded.get() {
            None => ().into_any(),
            Some(Ok(Some(it))) => draw(form, it),
            Some(Ok(None)) => view! { <CannotDo form text="That is no longer there."/> }.into_any(),
            Some(Err(error)) => view! { <CannotDo form text=error.message()/> }.into_any(),
        },
    })
    .into_any()
}
