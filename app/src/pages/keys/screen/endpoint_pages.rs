//! The search and the pages of the endpoints that a key may call. The URL holds them beside the query of the list of keys.

use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::id::KeyId;
use model::list::{FEW, ListQuery, Paging};

use crate::ui::field::reset_value_on_redraw;
use crate::ui::form::navigate_on_submit;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::list::{Pager, counted};

const SEARCH: &str = "endpoints";
const AFTER: &str = "endpoints-after";

/// The query for endpoints in the URL.
pub(super) fn endpoint_query(query: &ParamsMap) -> ListQuery {
    ListQuery {
        search: query.get(SEARCH).unwrap_or_default(),
        after: query.get(AFTER).unwrap_or_default(),
        ..ListQuery::default()
    }
}

#[component]
pub(super) fn EndpointSearch(id: KeyId, paging: Paging) -> impl IntoView {
    let query = use_query_map();
    let field = NodeRef::<html::Input>::new();
    reset_value_on_redraw(field, query.read_untracked().get(SEARCH).unwrap_or_default());
    let typed = move || query.read().get(SEARCH).unwrap_or_default();
    let kept = move || {
        let query = query.get();
        let all = query.into_iter();
        let others = all.filter(|(name, _)| name != SEARCH && name != AFTER);
        others
            .map(|(name, value)| view! { <input type="hidden" name=name.into_owned() value=value/> })
            .collect_view()
    };
    let navigate = navigate_on_submit();
    (paging.total > FEW as u64).then(move || {
        let count = counted(Some(&paging), "endpoint", "endpoints");
        view! {
            <div class="toolbar">
                <form
                    class="search"
                    method="get"
                    action=format!("/keys/{id}")
                    role="search"
                    aria-label="Endpoints of this key"
                    on:submit=navigate.clone()
                >
                    <label class="vh" for="endpoint-search">
                        "Search endpoints"
                    </label>
                    <Icon kind=IconKind::Search/>
                    <input
                        class="input"
                        id="endpoint-search"
                        name=SEARCH
                        type="search"
                        placeholder="Search title, name or path"
                        autocomplete="off"
                        spellcheck="false"
                        node_ref=field
                        value=typed
                    />
                    {kept}
                </form>
                <p class="toolbar__count" role="status">
                    {count}
                </p>
            </div>
        }
    })
}

#[component]
pub(super) fn EndpointPager(id: KeyId, next: Option<String>) -> impl IntoView {
    let query = use_query_map();
    move || {
        let mut query = query.get();
        let paged = query.get(AFTER).is_some();
        query.remove(AFTER);
        let at = |query: &ParamsMap| format!("/keys/{id}{}", query.to_query_string());
        let first = paged.then(|| at(&query));
        let next = next.clone().map(|after| {
            query.replace(AFTER, after);
            at(&query)
        });
        view! { <Pager first next label="Pages of endpoints" words=("First page", "Next page")/> }
    }
}
