//! `/usage`: requests over time, by outcome, by endpoint and by key.

pub(crate) mod address;
pub(crate) mod card;
mod empty;
mod filters;
mod presets;
mod tables;
mod top;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::usage::{KeyUsage, Outcomes, RequestOutcome, UsageQuery, UsageReport, UsedCustomer, UsedKeyName, share};

use crate::error::AppError;
use crate::server_fns::usage::load_usage;
use crate::shared::Shared;
use crate::ui::button::download_button;
use crate::ui::chart::linked::LinkedChart;
use crate::ui::head::head_actions;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::number::grouped;
use crate::ui::state::{LoadError, OutOfDate, State, last_good};
use crate::ui::title::Title;
use address::{in_range, usage_link, usage_query, zoom_link};
use empty::{Empty, everything};
use filters::Filters;
use tables::OverTime;
use top::{ByEndpoint, ByKey, ByReason};

type Loaded = Resource<Result<UsageReport, AppError>>;

#[component]
pub(crate) fn Usage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| usage_query(&params.read()));
    let report = Resource::new(move || query.get(), load_usage);
    load_again_after_failures(report);
    view! {
        <Title text="Usage"/>
        <div class="page-head">
            <div>
                <h1>"Usage"</h1>
                <p>
                    "Requests checked by the verifier, by result. "
                    <Transition fallback=|| ()>
                        <AsOf report query/>
                    </Transition>
                </p>
            </div>
            <Transition fallback=|| ()>
                <Export report query/>
            </Transition>
        </div>
        <Transition fallback=|| view! { <Loading/> }>
            <Content report query/>
        </Transition>
    }
}

/// Loads again what could not be loaded, each time the screens learn that they may be out of date. That is so when the database
/// is back.
fn load_again_after_failures(report: Loaded) {
    let shared = Shared::of_context();
    Effect::new(move |before: Option<()>| {
        shared.version.track();
        let failed = report.get_untracked().and_then(Result::err);
        if before.is_some() && failed.is_some_and(|error| error.may_pass()) {
            report.refetch();
        }
    });
}

/// The time at which the numbers were read. The live stream does not report requests, so the page offers to load again.
#[component]
fn AsOf(report: Loaded, query: Memo<UsageQuery>) -> impl IntoView {
    let loaded = last_good(report, move || query.try_get_untracked());
    move || {
        let now = loaded.get()?.now;
        Some(view! {
            <span class="as-of num">
                {format!("As of {} UTC. ", now.time_of_day())}
                <a
                    href=move || usage_link("/usage", &query.get())
                    on:click=move |event| {
                        event.prevent_default();
                        report.refetch();
                    }
                >
                    "Refresh"
                </a>
            </span>
        })
    }
}

/// Saves the report as a file.
#[component]
fn Export(report: Loaded, query: Memo<UsageQuery>) -> impl IntoView {
    let loaded = last_good(report, move || query.try_get_untracked());
    move || {
        let report = loaded.get()?;
        let query = UsageQuery {
            environment: Some(report.environment),
            ..in_range(&query.get(), report.range)
        };
        let href = Signal::stored(usage_link("/usage/export", &query));
        Some(head_actions(download_button(href, "Export CSV")))
    }
}

/// What the screen shows below its head.
#[derive(Clone, Debug, PartialEq)]
enum Shown {
    Nothing,
    Failed(AppError),
    Report,
}

#[component]
fn Content(report: Loaded, query: Memo<UsageQuery>) -> impl IntoView {
    let loaded = last_good(report, move || query.try_get_untracked());
    let shown = Memo::new(move |_| match (loaded.read().is_some(), report.get()) {
        (true, _) => Shown::Report,
        (false, Some(Err(error))) => Shown::Failed(error),
        (false, _) => Shown::Nothing,
    });
    // Drawn apart from the report, so that a person can type into the filters while another report is loaded.
    let has_filters = Memo::new(move |_| match shown.get() {
        Shown::Report => true,
        // The person can correct the query.
        Shown::Failed(error) => error.is_about_query(),
        Shown::Nothing => false,
    });
    let problem = Memo::new(move |_| match shown.get() {
        Shown::Failed(error) if error.is_about_query() => Some(error.detail),
        _ => None,
    });
    let content = move || match shown.get() {
        Shown::Nothing => ().into_any(),
        Shown::Failed(error) if error.is_about_query() => {
            view! { <State icon=IconKind::Search title="Nothing to show" text="Correct what is marked above."/> }
                .into_any()
        }
        Shown::Failed(error) => view! { <LoadError what="Usage" error/> }.into_any(),
        Shown::Report => (move || loaded.get().map(|report| view! { <Report report query=query.get()/> })).into_any(),
    };
    view! {
        <OutOfDate list=report loaded/>
        {move || has_filters.get().then(|| view! { <Filters loaded query problem/> })}
        {content}
    }
}

#[component]
fn Report(report: UsageReport, query: UsageQuery) -> impl IntoView {
    let total = report.total();
    let about = view! {
        {report.key.clone().map(|key| view! { <About key/> })}
        {report.customer.clone().map(|customer| view! { <AboutCustomer customer/> })}
    };
    if total.total() == 0 {
        return view! {
            {about}
            <Empty ever=report.ever narrowed=query != everything()/>
        }
        .into_any();
    }
    let of_all_keys = report.key.is_none() && report.customer.is_none();
    let (range, now, is_running) = (report.range, report.now, report.is_running());
    let buckets = report.buckets.iter();
    let steps: Vec<_> = buckets.map(|step| (*step, zoom_link(range, step, &query))).collect();
    view! {
        {about}
        <section class="card usage-card" aria-label="Requests">
            <Figures total/>
            <LinkedChart range steps now id="usage" next="by-endpoint"/>
            {is_running.then(|| view! { <p class="chart-note">"The last bar is not over yet."</p> })}
        </section>
        <div class=if of_all_keys { "top-lists" } else { "top-lists top-lists--two" }>
            <ByEndpoint endpoints=report.endpoints next=report.endpoints_next query=query.clone()/>
            {of_all_keys.then(|| view! { <ByKey keys=report.keys query=query.clone()/> })}
            <ByReason total/>
        </div>
        <OverTime range buckets=report.buckets query is_running/>
    }
    .into_any()
}

/// The name of the key that the report is about, if it is about one key.
#[component]
fn About(key: KeyUsage) -> impl IntoView {
    let id = key.id.to_string();
    let (name, place) = match key.of {
        UsedKeyName::List { name, environment } => {
            let link = view! { <a href=format!("/keys/{id}")>{name}</a> }.into_any();
            (link, format!(" · {environment} · "))
        }
        UsedKeyName::Environment(environment) => {
            let words = format!("Environment key of {environment}");
            (view! { <strong>{words}</strong> }.into_any(), " · ".to_owned())
        }
        UsedKeyName::Deleted => (view! { <strong>"A deleted key"</strong> }.into_any(), " · ".to_owned()),
    };
    view! {
        <p class="usage-about">
            <Icon kind=IconKind::Key/>
            <span>{name} {place} <span class="mono">{id}</span></span>
        </p>
    }
}

/// The name of the customer that the report is about, if it is about one customer.
#[component]
fn AboutCustomer(customer: UsedCustomer) -> impl IntoView {
    let id = customer.id.to_string();
    let (name, place) = match customer.called {
        Some(called) => {
            let link = view! {
                <a href=format!("/customers/{id}") dir="auto">
                    {called.name}
                </a>
            };
            (link.into_any(), called.external_id)
        }
        None => (view! { <strong>"A deleted customer"</strong> }.into_any(), id),
    };
    view! {
        <p class="usage-about">
            <Icon kind=IconKind::People/>
            <span>{name} " · " <span class="mono">{place}</span></span>
        </p>
    }
}

/// The total, then each outcome with its colour in the chart.
#[component]
fn Figures(total: Outcomes) -> impl IntoView {
    let all = total.total();
    let there = RequestOutcome::ALL
        .into_iter()
        .filter(|outcome| *outcome == RequestOutcome::Allowed || total.of(*outcome) > 0);
    view! {
        <dl class="figures">
            <div>
                <dt>"Requests"</dt>
                <dd>{grouped(all)}</dd>
            </div>
            {there
                .map(|outcome| {
                    let count = total.of(outcome);
                    view! {
                        <div>
                            <dt>
                                <span class=format!("dot outcome--{}", outcome.slug())></span>
                                {outcome.title()}
                            </dt>
                            <dd>
                                {grouped(count)} " " <span class="figures__share">{share(count, all)}</span>
                            </dd>
                        </div>
                    }
                })
                .collect_view()}
        </dl>
    }
}

#[component]
fn Loading() -> impl IntoView {
    view! {
        <p class="vh" role="status">
            "Loading usage"
        </p>
        <div class="card usage-card usage-card--empty" aria-busy="true">
            <span class="bone"></span>
        </div>
    }
}
