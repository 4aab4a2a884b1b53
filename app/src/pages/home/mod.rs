//! `/`: whether all is well.

mod attention;
mod changes;
mod hours;
mod refused;
mod requests;
mod steps;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::home::{HomePage, Tone, Verdict};
use model::status::Status;
use model::time::{MINUTE, SECOND};

use crate::error::AppError;
use crate::live::reload_at;
use crate::server_fns::home::load_home;
use crate::shared::Shared;
use crate::ui::button::{Look, icon_and_words, link_button};
use crate::ui::day::{here, shows_local_times};
use crate::ui::head::head_actions;
use crate::ui::icon::IconKind;
use crate::ui::number::grouped;
use crate::ui::state::{LoadError, OutOfDate, last_good, loading_cards};
use crate::ui::title::Title;
use attention::NeedsAttention;
use changes::LastChanges;
use refused::MostRefused;
use requests::RequestsCard;
use steps::Steps;

/// How often the screen loads again. The live stream does not report requests.
const REFRESH: i64 = MINUTE;
/// How often it loads again while a person waits for the first request.
const REFRESH_WHILE_WAITING: i64 = 2 * SECOND;

type Loaded = Resource<Result<HomePage, AppError>>;

#[component]
pub(crate) fn Home() -> impl IntoView {
    let query = use_query_map();
    let environment = Memo::new(move |_| query.read().get("environment"));
    let shared = Shared::of_context();
    let home = Resource::new(
        move || (environment.get(), shared.version.get()),
        |(environment, _)| load_home(environment),
    );
    Effect::new(move |_| {
        let Some(answer) = home.get() else {
            return;
        };
        let waits = answer.is_ok_and(|page| page.steps.waits_for_request());
        let wait = if waits { REFRESH_WHILE_WAITING } else { REFRESH };
        let loaded = here();
        reload_at(shared, Some(loaded.plus(wait)), loaded);
    });
    let local = shows_local_times();
    view! {
        <Title text="AI Console"/>
        <div class="page-head">
            <div>
                <h1>"AI Console"</h1>
                <Transition fallback=|| view! { <p role="status">"Loading"</p> }>
                    <Sentence home environment/>
                </Transition>
            </div>
            {head_actions(link_button(Look::Primary, "/keys", icon_and_words(IconKind::Key, "API Keys")))}
        </div>
        <Transition fallback=|| loading_cards(3)>
            <Content home environment local/>
        </Transition>
    }
}

#[component]
fn Sentence(home: Loaded, environment: Memo<Option<String>>) -> impl IntoView {
    let loaded = last_good(home, move || environment.try_get_untracked());
    move || {
        let Verdict { tone, text } = loaded.get()?.verdict;
        let dot = match tone {
            Tone::Good | Tone::Unknown => None,
            Tone::Attention => Some("dot dot--warn"),
            Tone::Bad => Some("dot dot--bad"),
        };
        Some(view! {
            <p class="verdict" id="verdict">
                {dot.map(|class| view! { <span class=class></span> })}
                {text}
            </p>
        })
    }
}

#[component]
fn Content(home: Loaded, environment: Memo<Option<String>>, local: RwSignal<bool>) -> impl IntoView {
    let loaded = last_good(home, move || environment.try_get_untracked());
    let failed = Memo::new(move |_| {
        let error = home.get().and_then(Result::err);
        error.filter(|_| loaded.read().is_none())
    });
    view! {
        <OutOfDate list=home loaded/>
        {move || failed.get().map(|error| view! { <LoadError what="Home" error/> })}
        {move || loaded.get().map(|page| view! { <Overview page local/> })}
    }
}

#[component]
fn Overview(page: HomePage, local: RwSignal<bool>) -> impl IntoView {
    // Before the first request, a chart and lists without entries would only be in the way of the first steps.
    let any_requests = page.steps.request || page.requests.total() > 0;
    let now = page.now;
    view! {
        {(!page.steps.are_done()).then(|| view! { <Steps steps=page.steps/> })}
        {page.any_keys.then(|| view! { <ByStatus by_status=page.by_status/> })}
        {any_requests.then(|| view! { <RequestsCard requests=page.requests local/> })}
        {(any_requests || page.any_keys)
            .then(|| {
                view! {
                    <div class="cards">
                        <NeedsAttention attention=page.attention/>
                        {any_requests.then(|| view! { <MostRefused keys=page.refused now/> })}
                    </div>
                }
            })}
        {page
            .changes
            .filter(|changes| !changes.is_empty())
            .map(|changes| view! { <LastChanges changes now/> })}
    }
}

/// The number of keys of each status that any key has. Each links to these keys.
#[component]
fn ByStatus(by_status: Vec<(Status, u64)>) -> impl IntoView {
    let link = |(status, keys): (Status, u64)| {
        view! {
            <li>
                <a class=format!("key-count status--{}", status.slug()) href=format!("/keys?status={}", status.slug())>
                    <span class="dot"></span>
                    <span>{status.title()}</span>
                    <span class="num">{grouped(keys)}</span>
                </a>
            </li>
        }
    };
    let there = by_status.into_iter().filter(|(_, keys)| *keys > 0);
    view! {
        <ul class="key-counts" role="list" aria-label="Keys by status">
            {there.map(link).collect_view()}
        </ul>
    }
}
