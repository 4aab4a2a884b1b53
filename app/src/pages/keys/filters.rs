//! Search and filters. Each is a small GET form: the list is its address.

use leptos::prelude::*;
use leptos_router::components::Form;
use model::key_list::{Attention, KeyQuery};
use model::profile::ProfileName;
use model::status::Status;
use wasm_bindgen::JsCast;

use super::address::{list_link, to_params};
use crate::components::icon::{Icon, IconKind};

#[component]
pub(super) fn Filters(
    query: KeyQuery,
    endpoints: Vec<(String, String)>,
    profiles: Vec<ProfileName>,
    #[prop(into)] count: Signal<String>,
) -> impl IntoView {
    let statuses = Status::ALL
        .into_iter()
        .map(|status| (status.slug().to_owned(), status.title().to_owned()))
        .collect();
    let mut by_profile: Vec<_> = profiles
        .into_iter()
        .map(|profile| (profile.id.to_string(), profile.name))
        .collect();
    by_profile.push(("none".to_owned(), "None".to_owned()));
    let (typed, kept) = (query.search.clone(), query.clone());
    let attention = Attention::parse(&query.attention);
    let mut without_attention = to_params(&query);
    without_attention.remove("attention");
    without_attention.remove("after");
    view! {
        <div class="toolbar">
            <Form method="get" action="/keys" attr:class="search" attr:role="search">
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
                <Kept query=kept without="search"/>
            </Form>
            <Filter name="status" title="Status" options=statuses query=query.clone()/>
            <Filter name="profile" title="Bias profile" options=by_profile query=query.clone()/>
            <Filter name="endpoint" title="Endpoint" options=endpoints query/>
            {attention
                .map(|attention| {
                    view! {
                        <a
                            class="button button--secondary filter"
                            data-on=""
                            href=list_link("/keys", &without_attention)
                        >
                            <span>
                                {attention.title()}
                                <span class="vh">", show all keys"</span>
                            </span>
                            <Icon kind=IconKind::Close/>
                        </a>
                    }
                })}
            <p class="toolbar__count" role="status">
                {count}
            </p>
        </div>
    }
}

/// A menu of check boxes.
#[component]
fn Filter(name: &'static str, title: &'static str, options: Vec<(String, String)>, query: KeyQuery) -> impl IntoView {
    let chosen = match name {
        "status" => query.status.to_vec(),
        "profile" => query.profile.to_vec(),
        _ => query.endpoint.to_vec(),
    };
    let count = chosen.len();
    let id = format!("filter-{name}");
    let (hidden, cleared_id) = (id.clone(), id.clone());
    let mut cleared = to_params(&query);
    cleared.remove(name);
    cleared.remove("after");
    view! {
        <button
            class="button button--secondary filter"
            data-on=(count > 0).then_some("")
            type="button"
            popovertarget=id.clone()
        >
            {title}
            {(count > 0)
                .then(|| {
                    view! {
                        <span class="count">
                            {count}
                            <span class="vh">" chosen"</span>
                        </span>
                    }
                })}
            <Icon kind=IconKind::ChevronDown/>
        </button>
        <div class="popover" id=id.clone() popover="auto" on:submit=move |_| hide(&hidden)>
            <Form method="get" action="/keys">
                {options
                    .into_iter()
                    .map(|(value, label)| {
                        let checked = chosen.contains(&value);
                        view! {
                            <label class="choice">
                                <input type="checkbox" name=name value=value checked=checked/>
                                <span>{label}</span>
                            </label>
                        }
                    })
                    .collect_view()}
                <Kept query without=name/>
                <div class="popover__foot">
                    <a
                        class="button button--quiet"
                        href=list_link("/keys", &cleared)
                        on:click=move |_| hide(&cleared_id)
                    >
                        "Clear"
                    </a>
                    <button class="button button--primary">"Apply"</button>
                </div>
            </Form>
        </div>
    }
}

/// Closes a menu whose choice was made.
fn hide(id: &str) {
    let menu = document()
        .get_element_by_id(id)
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(menu) = menu {
        let _ = menu.hide_popover();
    }
}

/// The other parts of the query, so that one form does not undo another. Each search starts on the first page.
#[component]
pub(super) fn Kept(query: KeyQuery, without: &'static str) -> impl IntoView {
    let mut kept: Vec<(&'static str, String)> = Vec::new();
    kept.extend(query.environment.map(|name| ("environment", name)));
    if !query.search.is_empty() {
        kept.push(("search", query.search));
    }
    for (name, value) in [("attention", query.attention), ("sort", query.sort)] {
        if !value.is_empty() {
            kept.push((name, value));
        }
    }
    kept.extend(query.profile.into_iter().map(|profile| ("profile", profile)));
    kept.extend(query.status.into_iter().map(|status| ("status", status)));
    kept.extend(query.endpoint.into_iter().map(|endpoint| ("endpoint", endpoint)));
    kept.into_iter()
        .filter(|(name, _)| *name != without)
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}
