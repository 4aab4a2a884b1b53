//! `/keys`: the list, and over it the dialogs.

pub(crate) mod create;
mod create_fields;
pub(crate) mod delete;
mod filters;
mod row;
pub(crate) mod saved;
pub(crate) mod send_again;

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use model::key::{KeyPage, KeyQuery};
use model::status::Status;

use super::console::Shared;
use crate::components::icon::{Icon, IconKind};
use crate::components::number::grouped;
use crate::components::state::{LoadError, State};
use crate::server_fns::keys::list_keys;
use filters::Filters;
use row::Row;

/// How soon to look again while a key on the screen is on its way to ACTIVE.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

const COLUMNS: [&str; 8] = [
    "Name",
    "API Key ID",
    "API Key",
    "Status",
    "Endpoints",
    "Last Used",
    "Bias Profile",
    "Actions",
];

#[component]
pub(crate) fn Keys() -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_query_map();
    let wanted = Memo::new(move |_| key_query(&query.read()));
    let page = Resource::new(
        move || (wanted.get(), shared.version.get()),
        |(wanted, _)| list_keys(wanted),
    );
    let may_create = move || page.get().and_then(Result::ok).is_none_or(|page| page.may_create);
    Effect::new(move |_| {
        let waits = page
            .get()
            .and_then(Result::ok)
            .is_some_and(|page| page.rows.iter().any(|row| row.status == Status::Provisioning));
        if waits {
            let timer = set_timeout_with_handle(move || shared.changed(), LOOK_AGAIN);
            on_cleanup(move || {
                if let Ok(timer) = timer {
                    timer.clear();
                }
            });
        }
    });
    view! {
        <Title text="API Keys"/>
        <Outlet/>
        <div class="page-head">
            <div>
                <h1>"API Keys"</h1>
                <p>"Keys your services use to call the API. Each one can be limited, watched and stopped on its own."</p>
            </div>
            <Transition fallback=|| ()>
                {move || {
                    may_create()
                        .then(|| {
                            view! {
                                <div class="page-head__actions">
                                    <a class="button button--primary" href=move || list_link("/keys/new", &query.read())>
                                        <Icon kind=IconKind::Plus/>
                                        "Create API Key"
                                    </a>
                                </div>
                            }
                        })
                }}
            </Transition>
        </div>
        <Transition fallback=|| view! { <Loading/> }>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => view! { <List page query=wanted.get_untracked()/> }.into_any(),
                    Err(error) => view! { <LoadError what="The keys" error/> }.into_any(),
                }
            })}
        </Transition>
    }
}

#[component]
fn List(page: KeyPage, query: KeyQuery) -> impl IntoView {
    if page.total == 0 {
        return view! { <EmptyList may_create=page.may_create/> }.into_any();
    }
    let count = match page.matching {
        1 => "1 key".to_owned(),
        matching => format!("{} keys", grouped(matching)),
    };
    view! {
        <Filters query=query.clone() endpoints=page.endpoints.clone() count/>
        {if page.rows.is_empty() {
            view! { <NoMatch/> }.into_any()
        } else {
            view! { <Table page query/> }.into_any()
        }}
    }
    .into_any()
}

#[component]
fn Table(page: KeyPage, query: KeyQuery) -> impl IntoView {
    let now = page.now;
    let params = to_params(&query);
    let later = page.next.map(|after| {
        let mut params = params.clone();
        params.replace("after", after);
        list_link("/keys", &params)
    });
    let first = (!query.after.is_empty()).then(|| {
        let mut params = params.clone();
        params.remove("after");
        list_link("/keys", &params)
    });
    let pages = later.is_some() || first.is_some();
    view! {
        <div class="table-card">
            <table class="table table--cards" role="table" aria-label="API Keys">
                <TableHead/>
                <tbody role="rowgroup">
                    {page
                        .rows
                        .into_iter()
                        .map(|row| {
                            view! { <Row row now params=params.clone()/> }.into_any()
                        })
                        .collect_view()}
                </tbody>
            </table>
            {pages
                .then(|| {
                    view! {
                        <div class="pager">
                            <p></p>
                            <nav aria-label="Pages">
                                {first
                                    .map(|href| {
                                        view! {
                                            <a class="button button--secondary" href=href>
                                                <Icon kind=IconKind::ArrowLeft/>
                                                "Newest"
                                            </a>
                                        }
                                    })}
                                {later
                                    .map(|href| {
                                        view! {
                                            <a class="button button--secondary" href=href>
                                                "Older"
                                                <Icon kind=IconKind::ArrowRight/>
                                            </a>
                                        }
                                    })}
                            </nav>
                        </div>
                    }
                })}
        </div>
    }
}

#[component]
fn TableHead() -> impl IntoView {
    view! {
        <thead role="rowgroup">
            <tr role="row">
                {COLUMNS
                    .into_iter()
                    .map(|column| {
                        view! {
                            <th
                                role="columnheader"
                                scope="col"
                                class=(column == "Actions").then_some("cell-actions")
                            >
                                {column}
                            </th>
                        }
                    })
                    .collect_view()}
            </tr>
        </thead>
    }
}

/// The invitation to the first key.
#[component]
pub(crate) fn EmptyList(may_create: bool) -> impl IntoView {
    if !may_create {
        return view! {
            <State icon=IconKind::Key title="No keys yet" text="Nobody has created an API key here."/>
        }
        .into_any();
    }
    view! {
        <State
            icon=IconKind::Key
            title="Create your first API key"
            text="A key lets one service call the API. Say what it may call and until when, and see here that it is used."
        >
            <div class="state__actions">
                <a class="button button--primary" href="/keys/new">
                    <Icon kind=IconKind::Plus/>
                    "Create your first key"
                </a>
            </div>
            <ul class="state__steps" role="list">
                <li>
                    <Icon kind=IconKind::Lock/>
                    "Limited to the endpoints you choose"
                </li>
                <li>
                    <Icon kind=IconKind::Eye/>
                    "Shown once, stored only as a hash"
                </li>
                <li>
                    <Icon kind=IconKind::Pause/>
                    "Stopped the moment you say so"
                </li>
            </ul>
        </State>
    }
    .into_any()
}

#[component]
fn NoMatch() -> impl IntoView {
    view! {
        <State
            icon=IconKind::Search
            title="No key matches"
            text="Search finds the start of a name or key ID, and the last four characters of a key."
        >
            <div class="state__actions">
                <a class="button button--secondary" href="/keys?environment=">
                    "Clear search and filters"
                </a>
            </div>
        </State>
    }
}

#[component]
fn Loading() -> impl IntoView {
    let bones = || {
        COLUMNS
            .into_iter()
            .map(|column| {
                view! {
                    <td role="cell" data-label=column>
                        <span>
                            <span class="bone"></span>
                        </span>
                    </td>
                }
            })
            .collect_view()
    };
    view! {
        <p class="vh" role="status">
            "Loading keys"
        </p>
        <div class="table-card" aria-busy="true">
            <table class="table table--cards" role="table" aria-label="API Keys">
                <TableHead/>
                <tbody role="rowgroup">
                    {(0..6).map(|_| view! { <tr role="row">{bones()}</tr> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

/// What the address asks for.
fn key_query(query: &ParamsMap) -> KeyQuery {
    KeyQuery {
        search: query.get("search").unwrap_or_default(),
        environment: query.get("environment"),
        status: query.get_all("status").unwrap_or_default(),
        endpoint: query.get_all("endpoint").unwrap_or_default(),
        after: query.get("after").unwrap_or_default(),
    }
}

/// The address that asks for this.
fn to_params(query: &KeyQuery) -> ParamsMap {
    let mut params = ParamsMap::new();
    if let Some(environment) = &query.environment {
        params.insert("environment", environment.clone());
    }
    for (name, value) in [("search", &query.search), ("after", &query.after)] {
        if !value.is_empty() {
            params.insert(name, value.clone());
        }
    }
    for status in &query.status {
        params.insert("status", status.clone());
    }
    for endpoint in &query.endpoint {
        params.insert("endpoint", endpoint.clone());
    }
    params
}

/// A path over the list: it keeps the list's search, filters and page.
fn list_link(path: &str, query: &ParamsMap) -> String {
    format!("{path}{}", query.to_query_string())
}
