//! The first tab: how much the key is used and how to use it, and the facts about it beside that. What is over folds away.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::key_page::KeyDetails;
use model::progress::Progress;
use model::status::Status;
use model::usage::UsageQuery;

use super::super::snippets::Snippets;
use super::endpoint_pages::{EndpointPager, EndpointSearch};
use super::endpoints::Endpoints;
use super::facts::Facts;
use super::old_tokens::OldTokens;
use super::tabs::range_link;
use crate::pages::usage::card::{RANGES, RequestsCard};
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::head::card;
use crate::ui::icon::IconKind;
use crate::ui::time::Ago;
use crate::ui::timeline::Timeline;

/// The class of the cards that follow each other.
const LIST: &str = "card card--list";

#[component]
pub(super) fn Overview(key: KeyDetails) -> impl IntoView {
    let shared = Shared::of_context();
    let (row, now) = (key.row.clone(), key.now);
    let what = if key.rotated_at > row.created_at {
        "The current token"
    } else {
        "Provisioning"
    };
    let is_over = !matches!(key.progress.status, Status::Provisioning | Status::Failed);
    let (before, after) = if is_over {
        (None, Some(folded_steps(what, key.progress.clone())))
    } else {
        (Some(steps(what, key.progress.clone())), None)
    };
    let endpoints = view! {
        <EndpointSearch id=row.id.clone() paging=key.endpoints_paging.clone()/>
        <Endpoints endpoints=key.endpoints.clone() now all=row.endpoints.is_none()/>
        <EndpointPager id=row.id.clone() next=key.endpoints_paging.next.clone()/>
    };
    let use_it = key.example.clone().map(|example| {
        card(
            LIST,
            "use-it",
            "Use it",
            view! { <Snippets example shared prefix="use"/> },
        )
    });
    view! {
        <div class="key-columns">
            <div>
                {before}
                <OldTokens key=key.clone()/>
                <Requests key=key.clone()/>
                {use_it}
                {card(LIST, "endpoints", "Endpoints", endpoints)}
                {after}
            </div>
            <Facts key/>
        </div>
    }
}

/// The requests with the key in the chosen range.
#[component]
fn Requests(key: KeyDetails) -> impl IntoView {
    let KeyDetails {
        row,
        last_used_from,
        range,
        usage,
        now,
        ..
    } = key;
    let query = use_query_map().get_untracked();
    let links = RANGES.map(|(range, words)| (range, words, range_link(row.id.as_str(), &query, range.slug())));
    let used = match row.last_used_at {
        Some(at) => view! {
            "last used "
            <Ago at now/>
            {last_used_from.map(|from| view! { " from " <span class="mono">{from}</span> })}
        }
        .into_any(),
        None => "never used".into_any(),
    };
    let query = UsageQuery {
        key: row.id.to_string(),
        ..UsageQuery::default()
    };
    view! {
        <RequestsCard name=row.name query range buckets=usage now about=Some(used) ranges=links.to_vec()/>
    }
}

/// The steps of a token that does not work yet, or never will.
fn steps(what: &'static str, progress: Progress) -> AnyView {
    let failed = progress.status == Status::Failed;
    let content = view! {
        <div role="status">
            <Timeline progress=Signal::stored(progress)/>
        </div>
        {failed
            .then(|| {
                let words = icon_and_words(IconKind::Plus, "Create API Key");
                view! { <p class="card__action">{link_button(Look::Secondary, "/keys/new", words)}</p> }
            })}
    };
    card(LIST, "progress", what, content)
}

/// The steps of a token that works.
fn folded_steps(what: &'static str, progress: Progress) -> AnyView {
    view! {
        <details class="card card--list folded-card">
            <summary>
                <h2 id="progress">{what}</h2>
                <span class="sub">"done"</span>
            </summary>
            <Timeline progress=Signal::stored(progress)/>
        </details>
    }
    .into_any()
}
