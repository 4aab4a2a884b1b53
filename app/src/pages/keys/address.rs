//! The URL of the list holds its query. Reads the query from a URL, and writes the URL of a query.

use leptos_router::params::ParamsMap;
use model::key_list::KeyQuery;

use crate::address;

/// The query in the URL.
pub(super) fn key_query(query: &ParamsMap) -> KeyQuery {
    KeyQuery {
        search: query.get("search").unwrap_or_default(),
        environment: query.get("environment"),
        status: query.get_all("status").unwrap_or_default().into_iter().collect(),
        endpoint: query.get_all("endpoint").unwrap_or_default().into_iter().collect(),
        profile: query.get_all("profile").unwrap_or_default().into_iter().collect(),
        tag: query.get_all("tag").unwrap_or_default().into_iter().collect(),
        customer: query.get("customer").unwrap_or_default(),
        creator: not_empty(query, "creator"),
        expiry: not_empty(query, "expiry"),
        attention: query.get("attention").unwrap_or_default(),
        sort: query.get("sort").unwrap_or_default(),
        after: query.get("after").unwrap_or_default(),
        before: query.get("before").unwrap_or_default(),
        size: query.get("size").unwrap_or_default(),
    }
}

/// The value of a parameter that a form without scripts may send twice: once empty, and once with what was typed or chosen.
fn not_empty(query: &ParamsMap, name: &str) -> String {
    let values = query.get_all(name).unwrap_or_default();
    values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
}

/// Leads to the first page.
pub(super) fn to_first_page(params: &mut ParamsMap) {
    params.remove("after");
    params.remove("before");
}

/// The parameters of a query.
pub(super) fn to_params(query: &KeyQuery) -> ParamsMap {
    let one = [
        ("search", &query.search),
        ("customer", &query.customer),
        ("creator", &query.creator),
        ("expiry", &query.expiry),
        ("attention", &query.attention),
        ("sort", &query.sort),
        ("after", &query.after),
        ("before", &query.before),
        ("size", &query.size),
    ];
    let many: [(_, &[String]); 4] = [
        ("status", &query.status),
        ("profile", &query.profile),
        ("endpoint", &query.endpoint),
        ("tag", &query.tag),
    ];
    let many = many
        .into_iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    address::in_environment(query.environment.as_ref(), one.into_iter().chain(many))
}

/// The URL of the list from which a dialog or the screen of a key was opened.
pub(super) fn list_url(query: &ParamsMap) -> String {
    url_with_list_query("/keys", &to_params(&key_query(query)))
}

/// The URL of a dialog over the list. It keeps the list's search, filters and page.
pub(super) fn url_with_list_query(path: &str, query: &ParamsMap) -> String {
    format!("{path}{}", query.to_query_string())
}
