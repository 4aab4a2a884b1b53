//! The numbers of the chart as tables: by endpoint, by key, over time.

use leptos::prelude::*;
use model::usage::{
    Bucket, EndpointUsage, KeyUsage, Outcomes, Range, RequestOutcome, TOP_KEYS, UsageQuery, UsedKeyName, share,
};

use super::address::usage_link;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::list::Pager;
use crate::ui::number::grouped;

/// The table of requests over time, latest first.
#[component]
pub(super) fn OverTime(range: Range, buckets: Vec<Bucket>) -> impl IntoView {
    let total: Outcomes = buckets.iter().map(|bucket| bucket.counts).sum();
    view! {
        <div class="usage-section">
            <div class="page-head page-head--section">
                <div>
                    <h2 id="over-time">{format!("By {}", range.step())}</h2>
                    <p>"Times are in UTC."</p>
                </div>
            </div>
            <div class="table-card" tabindex="0" role="region" aria-labelledby="over-time">
                <table class="table table--numbers">
                    <thead>
                        <tr>
                            <th scope="col">"Time (UTC)"</th>
                            {RequestOutcome::ALL.map(|outcome| view! { <th scope="col">{outcome.title()}</th> }).collect_view()}
                            <th scope="col">"Total"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {buckets
                            .into_iter()
                            .rev()
                            .map(|bucket| {
                                view! {
                                    <tr>
                                        <th scope="row">
                                            <time datetime=bucket.start.rfc3339()>
                                                {range.in_words(bucket.start, bucket.end)}
                                            </time>
                                        </th>
                                        <Cells counts=bucket.counts/>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                    <tfoot>
                        <tr>
                            <th scope="row">{range.title()}</th>
                            <Cells counts=total/>
                        </tr>
                    </tfoot>
                </table>
            </div>
        </div>
    }
}

#[component]
fn Cells(counts: Outcomes) -> impl IntoView {
    let cell = |count: u64| {
        let class = if count == 0 { "dim" } else { "" };
        view! { <td class=class>{grouped(count)}</td> }
    };
    view! {
        {RequestOutcome::ALL.map(|outcome| cell(counts.of(outcome))).collect_view()}
        {cell(counts.total())}
    }
}

#[component]
pub(super) fn ByEndpoint(endpoints: Vec<EndpointUsage>, next: Option<usize>, query: UsageQuery) -> impl IntoView {
    let at = |from: usize| {
        usage_link(
            "/usage",
            &UsageQuery {
                endpoints_from: from,
                ..query.clone()
            },
        )
    };
    let first = (query.endpoints_from > 0).then(|| at(0));
    let next = next.map(at);
    let row = move |used: EndpointUsage| {
        let title = used.title.clone();
        let name = (!used.name.is_empty()).then(|| view! { <span class="sub mono">{used.name.clone()}</span> });
        let only = UsageQuery {
            endpoint: if used.name.is_empty() {
                model::usage::NO_ENDPOINT.to_owned()
            } else {
                used.name
            },
            endpoints_from: 0,
            ..query.clone()
        };
        view! {
            <tr>
                <th scope="row">
                    {title.clone()}
                    {name}
                </th>
                <Share requests=used.counts.total() refused=used.counts.refused()/>
                <td>
                    <FilterLink href=usage_link("/usage", &only) name=title/>
                </td>
            </tr>
        }
    };
    view! {
        <section class="usage-section" aria-labelledby="by-endpoint">
            <div class="page-head page-head--section">
                <h2 id="by-endpoint">"By endpoint"</h2>
            </div>
            <div class="table-card">
                <table class="table table--numbers" aria-labelledby="by-endpoint">
                    <Head first="Endpoint"/>
                    <tbody>{endpoints.into_iter().map(row).collect_view()}</tbody>
                </table>
                <Pager first next label="Pages of endpoints" words=("First page", "Next page")/>
            </div>
        </section>
    }
}

#[component]
pub(super) fn ByKey(keys: Vec<KeyUsage>, query: UsageQuery) -> impl IntoView {
    let all_listed = (keys.len() as u64) < TOP_KEYS;
    let row = move |used: KeyUsage| {
        let only = UsageQuery {
            key: used.id.to_string(),
            ..query.clone()
        };
        let (name, of) = key_name_and_link(&used);
        view! {
            <tr>
                <th scope="row">{of}</th>
                <Share requests=used.requests refused=used.refused/>
                <td>
                    <FilterLink href=usage_link("/usage", &only) name/>
                </td>
            </tr>
        }
    };
    view! {
        <section class="usage-section" aria-labelledby="by-key">
            <div class="page-head page-head--section">
                <div>
                    <h2 id="by-key">"By key"</h2>
                    {(!all_listed).then(|| view! { <p>{format!("The {TOP_KEYS} most used.")}</p> })}
                </div>
            </div>
            <div class="table-card">
                {if keys.is_empty() {
                    view! { <p class="usage-none">"No request came with a key that is known."</p> }.into_any()
                } else {
                    view! {
                        <table class="table table--numbers" aria-labelledby="by-key">
                            <Head first="Key"/>
                            <tbody>{keys.into_iter().map(row).collect_view()}</tbody>
                        </table>
                    }
                        .into_any()
                }}
            </div>
        </section>
    }
}

/// The name of a key, which links to its screen if it has one.
fn key_name_and_link(used: &KeyUsage) -> (String, AnyView) {
    let id = used.id.to_string();
    match &used.of {
        UsedKeyName::List { name, environment } => {
            let link = view! {
                <a class="quiet-link" href=format!("/keys/{id}")>
                    {name.clone()}
                </a>
                <span class="sub">{environment.clone()} " · " <span class="mono">{id}</span></span>
            };
            (name.clone(), link.into_any())
        }
        UsedKeyName::Environment(environment) => {
            let name = format!("Environment key of {environment}");
            let text = view! {
                {name.clone()}
                <span class="sub mono">{id}</span>
            };
            (name, text.into_any())
        }
        UsedKeyName::Deleted => {
            let text = view! {
                <span class="mono">{id.clone()}</span>
                <span class="sub">"deleted"</span>
            };
            (id, text.into_any())
        }
    }
}

#[component]
fn Head(first: &'static str) -> impl IntoView {
    view! {
        <thead>
            <tr>
                <th scope="col">{first}</th>
                <th scope="col">"Requests"</th>
                <th scope="col">"Refused"</th>
                <th scope="col">
                    <span class="vh">"Actions"</span>
                </th>
            </tr>
        </thead>
    }
}

#[component]
fn Share(requests: u64, refused: u64) -> impl IntoView {
    let class = if refused == 0 { "dim" } else { "" };
    view! {
        <td>{grouped(requests)}</td>
        <td class=class>
            {grouped(refused)}
            {(refused > 0).then(|| view! { <span class="sub">{share(refused, requests)}</span> })}
        </td>
    }
}

/// A link that filters the report by this endpoint or key.
#[component]
fn FilterLink(href: String, name: String) -> impl IntoView {
    view! {
        <a class="icon-button" href=href data-tip="Show only this">
            <Icon kind=IconKind::Chart/>
            <span class="vh">{format!("Show only {name}")}</span>
        </a>
    }
}
