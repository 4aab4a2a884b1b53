//! The search field and the count above a list, and the links to its pages below. The URL holds the search and the page.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::list::{ListQuery, Paging};

use super::button::{Look, icon_and_words, link_button};
use super::form::navigate_on_submit;
use super::icon::{Icon, IconKind};
use super::number::grouped;
use super::search_form::SearchForm;
use super::state::{State, state_actions};
use crate::address;

/// The list query in the URL.
pub(crate) fn use_list_query() -> Memo<ListQuery> {
    let query = use_query_map();
    Memo::new(move |_| {
        let query = query.read();
        let of = |name: &str| query.get(name).unwrap_or_default();
        ListQuery {
            search: of("search"),
            after: of("after"),
            second: of("second"),
            only: String::new(),
        }
    })
}

/// The URL of a list query.
pub(crate) fn url_with_list_query(path: &str, query: &ListQuery) -> String {
    let mut params = ParamsMap::new();
    let values = [
        ("search", &query.search),
        ("after", &query.after),
        ("second", &query.second),
    ];
    address::add(&mut params, values);
    format!("{path}{}", params.to_query_string())
}

/// The query string of the screen, for links to the dialogs over its list.
#[derive(Clone, Copy, Debug)]
struct ScreenQuery(Memo<String>);

/// Makes the links to dialogs over this screen's lists keep the search and the page.
pub(crate) fn carry_query() {
    let query = use_query_map();
    provide_context(ScreenQuery(Memo::new(move |_| query.read().to_query_string())));
}

/// The URL of a dialog over a list. It keeps the search and the page of the list.
pub(crate) fn over_list(path: String) -> Signal<String> {
    match use_context::<ScreenQuery>() {
        Some(ScreenQuery(query)) => Signal::derive(move || format!("{path}{}", query.read())),
        None => Signal::stored(path),
    }
}

/// The field that searches a list, and beside it the number of entries.
#[component]
pub(crate) fn ListSearch(
    path: &'static str,
    /// The label of the field, such as "Search users".
    label: &'static str,
    placeholder: &'static str,
    query: Memo<ListQuery>,
    #[prop(into)] count: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="toolbar">
            <SearchForm
                path
                label
                placeholder
                search=Signal::derive(move || query.read().search.clone())
                submit=Callback::new(navigate_on_submit())
            />
            <p class="toolbar__count" role="status">
                {count}
            </p>
        </div>
    }
}

/// A count in words, such as `1 user` or `2,000 users`.
pub(crate) fn counted(paging: Option<&Paging>, one: &str, many: &str) -> String {
    match paging.map(|paging| paging.matching) {
        None => String::new(),
        Some(1) => format!("1 {one}"),
        Some(count) => format!("{} {many}", grouped(count)),
    }
}

/// The note that is shown in place of a table if nothing matches the search.
#[component]
pub(crate) fn NothingFound(
    title: &'static str,
    /// A sentence that says what the search looks at.
    text: &'static str,
    path: &'static str,
) -> impl IntoView {
    view! {
        <State icon=IconKind::Search title text>
            {state_actions(link_button(Look::Secondary, path, "Clear search"))}
        </State>
    }
}

/// Links to the pages of a list whose URL holds the page.
#[component]
pub(crate) fn ListPager(
    path: &'static str,
    query: Memo<ListQuery>,
    #[prop(into)] next: Signal<Option<String>>,
    /// Whether this is the second list of the screen.
    #[prop(optional)]
    second: bool,
    #[prop(default = "Pages")] label: &'static str,
) -> impl IntoView {
    move || {
        let query = query.get();
        let at = |place: String| {
            let mut query = query.clone();
            if second {
                query.second = place;
            } else {
                query.after = place;
            }
            url_with_list_query(path, &query)
        };
        let here = if second { &query.second } else { &query.after };
        let first = (!here.is_empty()).then(|| at(String::new()));
        let next = next.get().map(at);
        view! { <Pager first next label words=("First page", "Next page")/> }
    }
}

/// Links to the first page and to the next one, and perhaps to the previous one.
#[component]
pub(crate) fn Pager(
    first: Option<String>,
    /// The link to the previous page, and its text.
    #[prop(default = None)]
    previous: Option<(String, &'static str)>,
    next: Option<String>,
    #[prop(default = "Pages")] label: &'static str,
    /// The texts of the links to the first page and to the next one.
    words: (&'static str, &'static str),
    /// What is shown beside the links.
    #[prop(default = None)]
    beside: Option<AnyView>,
) -> impl IntoView {
    let has_links = first.is_some() || next.is_some();
    (has_links || beside.is_some()).then(|| {
        let beside = beside.unwrap_or_else(|| view! { <p></p> }.into_any());
        if !has_links {
            return view! { <div class="pager">{beside}</div> }.into_any();
        }
        view! {
            <div class="pager">
                {beside}
                <nav aria-label=label>
                    {first.map(|href| link_button(Look::Secondary, href, icon_and_words(IconKind::ArrowLeft, words.0)))}
                    {previous.map(|(href, word)| link_button(Look::Secondary, href, word))}
                    {next
                        .map(|href| {
                            let content = view! {
                                {words.1}
                                <Icon kind=IconKind::ArrowRight/>
                            };
                            link_button(Look::Secondary, href, content)
                        })}
                </nav>
            </div>
        }
        .into_any()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_only_the_parameters_that_are_set() {
        assert_eq!(
            url_with_list_query("/settings/users", &ListQuery::default()),
            "/settings/users"
        );
        let query = ListQuery {
            search: "ada".to_owned(),
            after: "ada~usr_0123456789".to_owned(),
            ..ListQuery::default()
        };
        let link = url_with_list_query("/settings/users", &query);
        assert!(link.starts_with("/settings/users?search=ada&after=ada"), "{link}");
    }
}
