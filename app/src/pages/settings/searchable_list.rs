//! The list of a tab: the search field, and below it the table with its pages, or a note that nothing matches.

use std::hash::Hash;

use leptos::prelude::*;
use model::list::Paging;

use crate::ui::list::{ListPager, ListSearch, NothingFound, counted, use_list_query};
use crate::ui::table::{Rows, TableHead, table};

/// The words for the search of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct SearchWords {
    /// The label of the field, such as "Search users".
    pub(super) label: &'static str,
    pub(super) placeholder: &'static str,
    /// The title of the note, such as "No user matches".
    pub(super) nothing: &'static str,
    /// A sentence that says what the search looks at.
    pub(super) finds: &'static str,
    /// The words for one row and for several, such as "user" and "users".
    pub(super) counted: (&'static str, &'static str),
}

#[component]
pub(super) fn SearchableTable<T, K>(
    path: &'static str,
    words: SearchWords,
    /// The name of the table.
    label: &'static str,
    #[prop(default = "table table--cards")] class: &'static str,
    columns: &'static [&'static str],
    rows: Memo<Vec<T>>,
    key: fn(&T) -> K,
    draw: fn(T) -> AnyView,
    #[prop(into)] paging: Signal<Option<Paging>>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + Hash + Send + Sync + 'static,
{
    let query = use_list_query();
    let count = Signal::derive(move || counted(paging.get().as_ref(), words.counted.0, words.counted.1));
    let next = Signal::derive(move || paging.get().and_then(|paging| paging.next));
    // Without a search, an empty list shows its empty table.
    let nothing = Memo::new(move |_| rows.read().is_empty() && !query.read().search.is_empty());
    view! {
        <ListSearch path label=words.label placeholder=words.placeholder query count/>
        {move || {
            if nothing.get() {
                return view! { <NothingFound title=words.nothing text=words.finds path/> }.into_any();
            }
            let content = view! {
                <TableHead columns/>
                <Rows rows key draw/>
            };
            table(class, label, content, view! { <ListPager path query next/> })
        }}
    }
}
