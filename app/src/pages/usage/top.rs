//! The most used endpoints and keys, and the reasons of refusals: lists of equal weight.

use leptos::prelude::*;
use model::usage::{
    EndpointUsage, KeyUsage, NO_ENDPOINT, Outcomes, RequestOutcome, TOP_KEYS, TOP_ROWS, UsageQuery, UsedKeyName, share,
};

use super::address::usage_link;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::list::Pager;
use crate::ui::number::grouped;

/// The texts in which the lists differ.
#[derive(Clone, Copy, Debug)]
struct ListTexts {
    id: &'static str,
    title: &'static str,
    /// The name of the table of further rows.
    more: &'static str,
    columns: &'static [&'static str],
    /// The sentence in place of rows.
    nothing: &'static str,
}

const BY_ENDPOINT: ListTexts = ListTexts {
    id: "by-endpoint",
    title: "By endpoint",
    more: "More endpoints",
    columns: &["Endpoint", "Requests", "Refused", "Actions"],
    nothing: "No requests to endpoints on this page.",
};

const BY_KEY: ListTexts = ListTexts {
    id: "by-key",
    title: "By key",
    more: "More keys",
    columns: &["Key", "Requests", "Refused", "Actions"],
    nothing: "No request had a known key.",
};

const BY_REASON: ListTexts = ListTexts {
    id: "by-reason",
    title: "Refused by reason",
    more: "More reasons",
    columns: &["Reason", "Requests", "Of all"],
    nothing: "No request was refused.",
};

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
                NO_ENDPOINT.to_owned()
            } else {
                used.name
            },
            endpoints_from: 0,
            ..query.clone()
        };
        view! {
            <tr>
                <th scope="row" title=title.clone()>
                    {title.clone()}
                    {name}
                </th>
                <Share requests=used.counts.total() refused=used.counts.refused()/>
                <td>
                    <FilterLink href=usage_link("/usage", &only) name=title/>
                </td>
            </tr>
        }
        .into_any()
    };
    let rows = endpoints.into_iter().map(row).collect();
    let pager = view! { <Pager first next label="Pages of endpoints" words=("First page", "Next page")/> };
    top_list(BY_ENDPOINT, rows, pager.into_any())
}

#[component]
pub(super) fn ByKey(keys: Vec<KeyUsage>, query: UsageQuery) -> impl IntoView {
    let are_all = (keys.len() as u64) < TOP_KEYS;
    let row = move |used: KeyUsage| {
        let only = UsageQuery {
            key: used.id.to_string(),
            endpoints_from: 0,
            ..query.clone()
        };
        let (name, of) = key_name_and_link(&used);
        view! {
            <tr>
                <th scope="row" title=name.clone()>
                    {of}
                </th>
                <Share requests=used.requests refused=used.refused/>
                <td>
                    <FilterLink href=usage_link("/usage", &only) name/>
                </td>
            </tr>
        }
        .into_any()
    };
    let rows = keys.into_iter().map(row).collect();
    let note = (!are_all).then(|| view! { <p class="top-list__note">{format!("The {TOP_KEYS} most used.")}</p> });
    top_list(BY_KEY, rows, note.into_any())
}

#[component]
pub(super) fn ByReason(total: Outcomes) -> impl IntoView {
    let mut reasons: Vec<(RequestOutcome, u64)> = RequestOutcome::ALL
        .into_iter()
        .filter(|outcome| *outcome != RequestOutcome::Allowed)
        .map(|outcome| (outcome, total.of(outcome)))
        .filter(|(_, count)| *count > 0)
        .collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all = total.total();
    let row = |(outcome, count): (RequestOutcome, u64)| {
        view! {
            <tr>
                <th scope="row">
                    <span class="top-list__reason">
                        <span class=format!("dot outcome--{}", outcome.slug())></span>
                        {outcome.title()}
                    </span>
                </th>
                <td>{grouped(count)}</td>
                <td>{share(count, all)}</td>
            </tr>
        }
        .into_any()
    };
    top_list(BY_REASON, reasons.into_iter().map(row).collect(), ().into_any())
}

/// A list in a card: the same number of rows in each, and the others folded.
fn top_list(texts: ListTexts, mut rows: Vec<AnyView>, foot: AnyView) -> AnyView {
    let more = rows.split_off(rows.len().min(TOP_ROWS));
    let ListTexts { id, title, columns, .. } = texts;
    let content = if rows.is_empty() {
        view! { <p class="usage-none">{texts.nothing}</p> }.into_any()
    } else {
        view! {
            <table class="table table--numbers" aria-labelledby=id>
                {head(columns)}
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let more = (!more.is_empty()).then(|| {
        view! {
            <details class="fold top-list__more">
                <summary>{format!("{} more", more.len())}</summary>
                <table class="table table--numbers" aria-label=texts.more>
                    {head(columns)}
                    <tbody>{more}</tbody>
                </table>
            </details>
        }
    });
    view! {
        <section class="card top-list" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {content}
            {more}
            {foot}
        </section>
    }
    .into_any()
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

fn head(columns: &'static [&'static str]) -> AnyView {
    let column = |name: &&'static str| match *name {
        "Actions" => view! {
            <th scope="col">
                <span class="vh">"Actions"</span>
            </th>
        }
        .into_any(),
        name => view! { <th scope="col">{name}</th> }.into_any(),
    };
    view! {
        <thead>
            <tr>{columns.iter().map(column).collect_view()}</tr>
        </thead>
    }
    .into_any()
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
