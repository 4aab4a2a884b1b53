//! The keys of one customer, on its screen: the same table as in the list. Orders and further pages lead to the list.

use leptos::prelude::*;
use model::key_list::{KeyPage, KeyQuery, KeyRow};

use super::address::{to_params, url_with_list_query};
use super::bulk::{Bulk, BulkDialog};
use super::table::Table;
use crate::error::AppError;
use crate::live::reload_at;
use crate::server_fns::keys::list_keys;
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::icon::IconKind;
use crate::ui::state::{LoadError, OutOfDate, State, last_good, loading_cards};

#[component]
pub(crate) fn KeysOfCustomer(id: Memo<String>) -> impl IntoView {
    let shared = Shared::of_context();
    let query = Memo::new(move |_| KeyQuery {
        environment: Some(String::new()),
        customer: id.get(),
        ..KeyQuery::default()
    });
    let page = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| list_keys(query),
    );
    view! {
        <Transition fallback=|| {
            view! {
                <p class="vh" role="status">
                    "Loading its keys"
                </p>
                {loading_cards(1)}
            }
        }>
            <Content page query/>
        </Transition>
    }
}

/// What is shown below the head.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    Empty,
    Table,
}

#[component]
fn Content(page: Resource<Result<KeyPage, AppError>>, query: Memo<KeyQuery>) -> impl IntoView {
    let shared = Shared::of_context();
    let loaded = last_good(page, move || query.try_get_untracked());
    let shown = Memo::new(move |_| match (&*loaded.read(), page.get()) {
        (Some(page), _) if page.rows.is_empty() => Shown::Empty,
        (Some(_), _) => Shown::Table,
        (None, Some(Err(error))) => Shown::Failed(error),
        (None, _) => Shown::Nothing,
    });
    let may_create = Memo::new(move |_| loaded.read().as_ref().is_some_and(|page| page.may_create));
    let bulk = Bulk::new();
    Effect::new(move |_| {
        if let Some(page) = loaded.get() {
            let next = page.rows.iter().filter_map(KeyRow::changes_at).min();
            reload_at(shared, next, page.now);
        }
    });
    let list = move || url_with_list_query("/keys", &to_params(&query.read()));
    let create = move || format!("/keys/new?customer={}", query.read().customer);
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) => view! { <LoadError what="Its keys" error/> }.into_any(),
        Shown::Empty => view! {
            <State icon=IconKind::Key title="No keys yet" text="Keys that belong to this customer are listed here."/>
        }
        .into_any(),
        Shown::Table => view! { <Table loaded query bulk/> }.into_any(),
    };
    view! {
        <div class="page-head page-head--section">
            <h2>"API Keys"</h2>
            <div class="page-head__actions">
                {move || {
                    (shown.get() == Shown::Table)
                        .then(|| link_button(Look::Quiet, Signal::derive(list), "Open in the list"))
                }}
                {move || {
                    may_create
                        .get()
                        .then(|| {
                            let words = icon_and_words(IconKind::Plus, "Create API Key");
                            link_button(Look::Secondary, Signal::derive(create), words)
                        })
                }}
            </div>
        </div>
        <OutOfDate list=page loaded/>
        {content}
        <BulkDialog bulk/>
    }
}
