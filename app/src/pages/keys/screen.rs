//! `/keys/{id}`: the screen that shows everything about one key.

mod endpoint_pages;
mod endpoints;
mod facts;
pub(crate) mod history;
mod old_tokens;
mod usage;
mod why;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::explain::ExplainForm;
use model::id::KeyId;
use model::key_page::KeyDetails;
use model::status::{Change, Status, after};
use model::time::SECOND;

use super::address::{key_query, list_url, to_params, url_with_list_query};
use super::curl::Curl;
use super::row::Toggle;
use crate::error::AppError;
use crate::live::reload_at;
use crate::server_fns::keys::{explain, load_key};
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::dialog::COPY;
use crate::ui::head::{card, head_actions};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::state::{LoadError, draw_last_good};
use crate::ui::timeline::Timeline;
use endpoint_pages::{EndpointPager, EndpointSearch};
use endpoints::Endpoints;
use facts::Facts;
use history::History;
use old_tokens::OldTokens;
use usage::Usage;
use why::{Explained, Why};

/// What the screen loads: the key, the question of "Why denied?", and the answer to it.
type Loaded = (KeyDetails, Option<ExplainForm>, Explained);

/// The class of the cards that are as wide as this screen.
const LIST: &str = "card card--list";

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
    // The answer is loaded together with the key, so that it always fits the key.
    let key = Resource::new(
        move || (id.get(), question.get(), endpoints.get(), shared.version.get()),
        |(id, question, endpoints, _)| async move {
            let id = KeyId::from_stored(id);
            let key = load_key(id.clone(), endpoints).await?;
            let explained = match question.clone() {
                Some(form) => explain(id, form).await.map(Some),
                None => Ok(None),
            };
            Ok::<_, AppError>((key, question, explained))
        },
    );
    let last = StoredValue::new(None);
    view! {
        <Back/>
        <Transition fallback=|| view! { <p class="vh" role="status">"Loading the key"</p> }>
            {move || Suspend::new(async move {
                let answer = key.await;
                let its = id.get_untracked();
                // The last loaded data may be about another key.
                if last.with_value(|last: &Option<Loaded>| last.as_ref().is_some_and(|(key, ..)| key.row.id.as_str() != its)) {
                    last.set_value(None);
                }
                draw_last_good(
                    last,
                    answer,
                    |(key, question, explained)| view! { <Screen key question explained/> }.into_any(),
                    |error| {
                        view! {
                            <Title text="API key"/>
                            <h1 class="vh">"API key"</h1>
                            <LoadError what="The key" error/>
                        }
                            .into_any()
                    },
                )
            })}
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
fn Screen(key: KeyDetails, question: Option<ExplainForm>, explained: Explained) -> impl IntoView {
    let shared = Shared::of_context();
    let now = key.now;
    let row = key.row.clone();
    let progress = key.progress.clone();
    // The live stream does not report that a node has confirmed a change, or that an end date has passed.
    let soon = (progress.status == Status::Provisioning).then(|| now.plus(LOOK_AGAIN));
    let ends = key.old_tokens.iter().map(|old| old.ends_at);
    let next = ends.chain(row.changes_at()).chain(soon).min();
    Effect::new(move |_| reload_at(shared, next, now));
    let failed = progress.status == Status::Failed;
    let rotated = key.rotated_at > row.created_at;
    let steps = view! {
        <div role="status">
            <Timeline progress=Signal::stored(progress)/>
        </div>
        {failed
            .then(|| {
                let words = icon_and_words(IconKind::Plus, "Create API Key");
                view! { <p class="card__action">{link_button(Look::Secondary, "/keys/new", words)}</p> }
            })}
    };
    let endpoints = view! {
        <EndpointSearch id=row.id.clone() paging=key.endpoints_paging.clone()/>
        <Endpoints endpoints=key.endpoints.clone() now all=row.endpoints.is_none()/>
        <EndpointPager id=row.id.clone() next=key.endpoints_paging.next.clone()/>
    };
    view! {
        <Title text=row.name.clone()/>
        <div class="page-head">
            <div>
                <h1>{row.name.clone()}</h1>
                <p>
                    <span class="mono">{row.id.to_string()}</span>
                    {format!(" · {} · {}", row.environment, row.creator)}
                </p>
            </div>
            {(row.may_change || key.may_create)
                .then(|| {
                    view! {
                        <Actions id=row.id.clone() name=row.name.clone() status=row.status may_change=row.may_change/>
                    }
                })}
        </div>
        <OldTokens key=key.clone()/>
        <div class="cards">
            {card("card", "facts", "Key", view! { <Facts key=key.clone()/> })}
            {card("card", "progress", if rotated { "The current token" } else { "Provisioning" }, steps)}
        </div>
        <Usage key=key.clone()/>
        {card(LIST, "endpoints", "Endpoints", endpoints)}
        {key
            .example
            .clone()
            .map(|example| card(LIST, "example", "Try it", view! { <Curl example=Some(example) shared/> }))}
        <Why key_id=row.id.to_string() example=key.example.clone() question explained/>
        {key.history.map(|events| view! { <History events now/> })}
    }
}

/// The actions that the status of the key permits. A person who may only create keys can duplicate it.
#[component]
fn Actions(id: KeyId, name: String, status: Status, may_change: bool) -> impl IntoView {
    let mut here = to_params(&key_query(&use_query_map().read_untracked()));
    here.insert("from", "key".to_owned());
    let mut copy = here.clone();
    copy.insert(COPY, id.to_string());
    let link_to = |verb: &'static str, address: String, icon: IconKind| {
        let words = view! {
            <Icon kind=icon/>
            {verb}
            <span class="vh">{format!(" {name}")}</span>
        };
        link_button(Look::Secondary, address, words)
    };
    let link = |verb: &'static str, path: &str, icon: IconKind| {
        link_to(verb, url_with_list_query(&format!("/keys/{id}/{path}"), &here), icon)
    };
    let duplicate = link_to("Duplicate", url_with_list_query("/keys/new", &copy), IconKind::Copy);
    if !may_change {
        return head_actions(duplicate).into_any();
    }
    head_actions(view! {
        {after(status, Change::Edit).map(|_| link("Edit", "edit", IconKind::Pencil))}
        <Toggle id=id.clone() name=name.clone() status params=here.clone() wide=true/>
        {after(status, Change::Rotate).map(|_| link("Rotate", "rotate", IconKind::Rotate))}
        {duplicate}
        {link("Delete", "delete", IconKind::Trash)}
    })
    .into_any()
}
