//! `/keys/{id}`: the screen that shows everything about one key.

mod endpoint_pages;
mod endpoints;
mod facts;
mod head;
pub(crate) mod history;
mod old_tokens;
mod overview;
mod requests;
mod tabs;
mod why;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::explain::ExplainForm;
use model::id::KeyId;
use model::key_page::KeyDetails;
use model::status::Status;
use model::time::SECOND;

use super::address::list_url;
use crate::error::AppError;
use crate::live::reload_at;
use crate::server_fns::keys::{explain, load_key};
use crate::shared::Shared;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::state::{LoadError, draw_last_good, loading_cards};
use crate::ui::title::Title;
use head::Head;
use history::History;
use overview::Overview;
use requests::{Refusals, RefusedRequests};
use tabs::{KeyTab, KeyTabs, PANEL, RANGE};
use why::{Explained, Why};

/// What the screen loads: the key, the question of "Why denied?", and the answer to it.
type Loaded = (KeyDetails, Option<ExplainForm>, Explained);

/// How often the screen loads again while the key is in PROVISIONING, in milliseconds.
const LOOK_AGAIN: i64 = SECOND;

#[component]
pub(crate) fn KeyScreen() -> impl IntoView {
    let shared = Shared::of_context();
    let params = use_params_map();
    let id = Memo::new(move |_| params.read().get("id").unwrap_or_default());
    let query = use_query_map();
    let question = Memo::new(move |_| why::question_in_url(&query.read()));
    Effect::new(move |before: Option<Option<ExplainForm>>| {
        let now = question.get();
        if let (Some(before), Some(form)) = (before, &now)
            && before.as_ref() != Some(form)
        {
            why::show(form);
        }
        now
    });
    let endpoints = Memo::new(move |_| endpoint_pages::endpoint_query(&query.read()));
    let range = Memo::new(move |_| query.read().get(RANGE).unwrap_or_default());
    // The answer is loaded together with the key, so that it always fits the key.
    let key = Resource::new(
        move || {
            (
                id.get(),
                question.get(),
                endpoints.get(),
                range.get(),
                shared.version.get(),
            )
        },
        |(id, question, endpoints, range, _)| async move {
            let id = KeyId::from_stored(id);
            let key = load_key(id.clone(), endpoints, range).await?;
            let explained = match question.clone() {
                Some(form) => explain(id, form).await.map(Some),
                None => Ok(None),
            };
            Ok::<_, AppError>((key, question, explained))
        },
    );
    let tab = Memo::new(move |_| KeyTab::of(&query.read()));
    let refusals = requests::refusals(id, tab);
    let last = StoredValue::new(None);
    view! {
        <Back/>
        <Transition fallback=|| {
            view! {
                <p class="vh" role="status">
                    "Loading the key"
                </p>
                {loading_cards(3)}
            }
        }>
            {move || {
                let tab = tab.get();
                Suspend::new(async move {
                    let answer = key.await;
                    let its = id.get_untracked();
                    // The last loaded data may be about another key.
                    if last.with_value(|last: &Option<Loaded>| last.as_ref().is_some_and(|(key, ..)| key.row.id.as_str() != its)) {
                        last.set_value(None);
                    }
                    draw_last_good(
                        last,
                        answer,
                        |(key, question, explained)| view! { <Screen key question explained tab refusals/> }.into_any(),
                        |error| {
                            view! {
                                <Title text="API key"/>
                                <h1 class="vh">"API key"</h1>
                                <LoadError what="The key" error/>
                            }
                                .into_any()
                        },
                    )
                })
            }}
        </Transition>
    }
}

#[component]
fn Back() -> impl IntoView {
    let query = use_query_map();
    view! {
        <a class="back" href=move || list_url(&query.read())>
            <Icon kind=IconKind::ArrowLeft/>
            "API Keys"
        </a>
    }
}

#[component]
fn Screen(
    key: KeyDetails,
    question: Option<ExplainForm>,
    explained: Explained,
    tab: KeyTab,
    refusals: Refusals,
) -> impl IntoView {
    let shared = Shared::of_context();
    let (row, may_create, now) = (key.row.clone(), key.may_create, key.now);
    let disabled = key.disabled.clone();
    // The live stream does not report that a node has confirmed a change, or that an end date has passed.
    let soon = (key.progress.status == Status::Provisioning).then(|| now.plus(LOOK_AGAIN));
    let ends = key.old_tokens.iter().map(|old| old.ends_at);
    let next = ends.chain(row.changes_at()).chain(soon).min();
    Effect::new(move |_| reload_at(shared, next, now));
    let has_history = key.history.is_some();
    let tab = if tab == KeyTab::History && !has_history {
        KeyTab::Overview
    } else {
        tab
    };
    let tabs = view! { <KeyTabs key=key.clone() shown=tab/> };
    // No closure draws it, which would draw it anew after each change: what a person has typed stays.
    let content = match tab {
        KeyTab::Overview => view! { <Overview key/> }.into_any(),
        KeyTab::Requests => view! { <RefusedRequests id=key.row.id refusals/> }.into_any(),
        KeyTab::History => key.history.map(|events| view! { <History events now/> }).into_any(),
        KeyTab::Why => view! {
            <Why
                key_id=key.row.id.to_string()
                example=key.example
                question
                explained
            />
        }
        .into_any(),
    };
    view! {
        <Title text=row.name.clone()/>
        <Head row disabled may_create now/>
        {tabs}
        <div class="key-panel" role="tabpanel" id=PANEL aria-labelledby=tab.id()>
            {content}
        </div>
    }
}
