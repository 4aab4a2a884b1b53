//! The search and the filters. Each is a small GET form, since the URL of the list holds its query.

use leptos::html;
use leptos::prelude::*;
use model::key_list::{Attention, Choices, KeyQuery};
use model::status::Status;
use model::suggest::Choice;

use super::address::{to_params, url_with_list_query};
use super::filter::Filter;
use crate::ui::form::{navigate_on_submit, reset_on_redraw};
use crate::ui::icon::{Icon, IconKind};

#[component]
pub(super) fn Filters(
    query: KeyQuery,
    endpoints: Choices,
    mut profiles: Choices,
    tags: Choices,
    customers: Choices,
    /// The name of the customer in the query.
    customer: Option<String>,
    #[prop(into)] count: Signal<String>,
    /// Whether the filters were drawn with another query before.
    is_new: bool,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    reset_on_redraw(form, is_new);
    let statuses = Choices {
        options: Status::ALL
            .into_iter()
            .map(|status| (status.slug().to_owned(), status.title().to_owned()))
            .collect(),
        more: false,
    };
    profiles.options.push(("none".to_owned(), "None".to_owned()));
    let (typed, kept) = (query.search.clone(), query.clone());
    let attention = Attention::parse(&query.attention).map(|attention| attention.title().to_owned());
    let params = to_params(&query);
    // A filter that is not chosen in a menu. A click removes it.
    let removable = move |name: &'static str, words: String| {
        let mut params = params.clone();
        params.remove(name);
        params.remove("after");
        view! {
            <a class="button button--secondary filter" data-on="" href=url_with_list_query("/keys", &params)>
                <span class="clip">
                    {words}
                    <span class="vh">", show all keys"</span>
                </span>
                <Icon kind=IconKind::Close/>
            </a>
        }
    };
    let tagged = tags.more || !tags.options.is_empty();
    let more = customers.more || !customers.options.is_empty();
    view! {
        <div class="toolbar">
            <form class="search" method="get" action="/keys" role="search" node_ref=form on:submit=navigate_on_submit()>
                <label class="vh" for="search">
                    "Search keys"
                </label>
                <Icon kind=IconKind::Search/>
                <input
                    class="input"
                    id="search"
                    name="search"
                    type="search"
                    placeholder="Search name, key ID or last four"
                    autocomplete="off"
                    value=typed
                />
                <HiddenQueryFields query=kept without="search"/>
            </form>
            <Filter name="status" title="Status" choices=statuses query=query.clone() is_new/>
            <Filter
                name="profile"
                title="Bias profile"
                choices=profiles
                search=Choice::BiasProfile
                query=query.clone()
                is_new
            />
            <Filter
                name="endpoint"
                title="Endpoint"
                choices=endpoints
                search=Choice::Endpoint
                query=query.clone()
                is_new
            />
            {tagged
                .then(|| {
                    view! { <Filter name="tag" title="Tag" choices=tags search=Choice::Tag query=query.clone() is_new/> }
                })}
            {more
                .then(|| {
                    view! { <Filter name="customer" title="Customer" choices=customers search=Choice::Customer query is_new/> }
                })}
            {[("customer", customer.map(|name| format!("Customer: {name}"))), ("attention", attention)]
                .into_iter()
                .filter_map(|(name, words)| Some(removable(name, words?)))
                .collect_view()}
            <p class="toolbar__count" role="status">
                {count}
            </p>
        </div>
    }
}

/// The other parts of the query as hidden fields, so that a form keeps what the other forms have set. The page is left out, so
/// that a search starts on the first page.
#[component]
pub(super) fn HiddenQueryFields(query: KeyQuery, without: &'static str) -> impl IntoView {
    let mut kept: Vec<(&'static str, String)> = Vec::new();
    kept.extend(query.environment.map(|name| ("environment", name)));
    if !query.search.is_empty() {
        kept.push(("search", query.search));
    }
    for (name, value) in [
        ("customer", query.customer),
        ("attention", query.attention),
        ("sort", query.sort),
    ] {
        if !value.is_empty() {
            kept.push((name, value));
        }
    }
    kept.extend(query.profile.into_iter().map(|profile| ("profile", profile)));
    kept.extend(query.tag.into_iter().map(|tag| ("tag", tag)));
    kept.extend(query.status.into_iter().map(|status| ("status", status)));
    kept.extend(query.endpoint.into_iter().map(|endpoint| ("endpoint", endpoint)));
    kept.into_iter()
        .filter(|(name, _)| *name != without)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}
