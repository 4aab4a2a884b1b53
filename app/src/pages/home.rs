//! `/`: the AI Console.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::key_list::{Attention, Counts, Matching};
use model::status::Status;
use model::time::MINUTE;

use super::keys::EmptyList;
use crate::live::reload_at;
use crate::server_fns::keys::count_keys;
use crate::shared::Shared;
use crate::ui::button::{Look, link_button};
use crate::ui::day::here;
use crate::ui::head::{card, page_head};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::number::grouped;
use crate::ui::state::{LoadError, draw_last_good};

#[component]
pub(crate) fn Home() -> impl IntoView {
    let query = use_query_map();
    let environment = Memo::new(move |_| query.read().get("environment"));
    let shared = Shared::of_context();
    let counts = Resource::new(
        move || (environment.get(), shared.version.get()),
        |(environment, _)| count_keys(environment),
    );
    Effect::new(move |_| {
        if counts.get().is_some() {
            let loaded = here();
            reload_at(shared, Some(loaded.plus(MINUTE)), loaded);
        }
    });
    let last = StoredValue::new(None);
    view! {
        <Title text="AI Console"/>
        {page_head(
            view! {
                <h1>"AI Console"</h1>
                <p>"The keys of your API at a glance."</p>
            },
            (),
        )}
        <Transition fallback=|| view! { <p class="vh" role="status">"Loading counts"</p> }>
            {move || Suspend::new(async move {
                draw_last_good(
                    last,
                    counts.await,
                    |counts| view! { <Summary counts/> }.into_any(),
                    |error| view! { <LoadError what="The counts" error/> }.into_any(),
                )
            })}
        </Transition>
    }
}

#[component]
fn Summary(counts: Counts) -> impl IntoView {
    let count = |status| {
        counts
            .by_status
            .iter()
            .find(|(its, _)| *its == status)
            .map_or(0, |(_, count)| *count)
    };
    let headline = match (counts.total, count(Status::Active)) {
        (0, _) => "No keys here yet".to_owned(),
        (1, 1) => "1 key, and it is active".to_owned(),
        (1, _) => "1 key".to_owned(),
        (total, active) if total == active => format!("{} keys, all of them active", grouped(total)),
        (total, active) => format!("{} keys, {} of them active", grouped(total), grouped(active)),
    };
    view! {
        <section class="card lead">
            <span class="state__mark">
                <Icon kind=IconKind::Key/>
            </span>
            <div>
                <h2>{headline}</h2>
                <p>"Create, limit, watch and stop the keys your services use."</p>
            </div>
            {link_button(Look::Primary, "/keys", "API Keys")}
        </section>
        {if counts.any {
            view! {
                <ul class="tiles" role="list" aria-label="Keys by status">
                    {counts.by_status.into_iter().map(|(status, count)| view! { <Tile status count/> }).collect_view()}
                </ul>
                <div class="cards">
                    <Watch attention=counts.attention/>
                    <Requests allowed=counts.allowed_24h all=counts.requests_24h/>
                </div>
            }
                .into_any()
        } else {
            view! { <EmptyList may_create=counts.may_create/> }.into_any()
        }}
    }
}

/// Links to the keys that best practices ask a person to watch.
#[component]
fn Watch(attention: Vec<(Attention, Matching)>) -> impl IntoView {
    let line = |(what, matching): (Attention, Matching)| {
        let (count, none) = match matching {
            Matching::Exactly(count) => (grouped(count), count == 0),
            Matching::MoreThan(count) => (format!("{}+", grouped(count)), false),
        };
        view! {
            <li>
                <a href=format!("/keys?attention={}", what.slug())>
                    <span class=if none { "dot dot--ok" } else { "dot dot--warn" }></span>
                    {what.title()}
                    <span class="num">{count}<span class="vh">" keys"</span></span>
                </a>
            </li>
        }
    };
    let lines = attention.into_iter().map(line).collect_view();
    card(
        "card",
        "watch",
        "Needs attention",
        view! { <ul class="watch" role="list">{lines}</ul> },
    )
}

#[component]
fn Requests(allowed: u64, all: u64) -> impl IntoView {
    let refused = all - allowed;
    let text = match (all, refused) {
        (0, _) => "No key was used.".to_owned(),
        (_, 0) => "All of them were allowed.".to_owned(),
        _ => format!("{} allowed, {} refused.", grouped(allowed), grouped(refused)),
    };
    let content = view! {
        <p class="tile__value">{grouped(all)}</p>
        <p class="dim">{text}</p>
    };
    card("card", "requests", "Requests in the last 24 h", content)
}

#[component]
fn Tile(status: Status, count: u64) -> impl IntoView {
    view! {
        <li>
            <a
                class=format!("tile status--{}", status.slug())
                href=format!("/keys?status={}", status.slug())
            >
                <span class="tile__label">
                    {status.title()}
                </span>
                <span class="tile__value">{grouped(count)}</span>
            </a>
        </li>
    }
}
