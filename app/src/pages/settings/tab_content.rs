//! The content of a tab: a placeholder while it loads, then an error or the list, which follows its data.

use leptos::prelude::*;

use crate::error::AppError;
use crate::ui::list::use_list_query;
use crate::ui::state::{LoadError, OutOfDate, last_good};
use crate::ui::table::LoadingTable;

/// Draws the content again only when it changes between loading, an error and the list. A table that changes keeps its rows and
/// the focus in them.
#[component]
pub(super) fn TabContent<T>(
    list: Resource<Result<T, AppError>>,
    /// The word for the rows, such as "users" in "Loading users".
    what: &'static str,
    /// The words for the whole list, such as "The users" in "The users could not be loaded".
    whole: &'static str,
    columns: &'static [&'static str],
    draw: fn(Memo<Option<T>>) -> AnyView,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    view! {
        <Transition fallback=move || view! { <LoadingTable what columns/> }>
            <Content list whole draw/>
        </Transition>
    }
}

#[component]
fn Content<T>(
    list: Resource<Result<T, AppError>>,
    whole: &'static str,
    draw: fn(Memo<Option<T>>) -> AnyView,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    // Another search or page is another query, whose data are not shown for this one.
    let query = use_list_query();
    let loaded = last_good(list, move || query.try_get_untracked());
    let shown = Memo::new(move |_| match &*loaded.read() {
        Some(_) => Some(Ok(())),
        None => list.get().map(|list| list.map(drop)),
    });
    let content = move || match shown.get() {
        None => ().into_any(),
        Some(Err(error)) => view! { <LoadError what=whole error/> }.into_any(),
        Some(Ok(())) => draw(loaded),
    };
    view! {
        <OutOfDate list loaded/>
        {content}
    }
}
