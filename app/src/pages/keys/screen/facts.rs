//! The facts about a key: what it may call, what people set on it, and what became of it.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::customer::CustomerName;
use model::key_fields::KeyField;
use model::key_page::{EndpointUse, KeyDetails};

use crate::pages::keys::address::url_with_list_query;
use crate::pages::keys::row::ProfileTag;
use crate::ui::actor::created_by;
use crate::ui::badge::tag;
use crate::ui::copy::copy_icon;
use crate::ui::day::Day;
use crate::ui::number::{grouped, requests};
use crate::ui::patterns::Patterns;
use crate::ui::time::Ago;

/// How many endpoints are named. The card Endpoints has all of them.
const ENDPOINTS: usize = 3;

/// A fact: its name, and what is so.
type Fact = (&'static str, AnyView);

#[component]
pub(super) fn Facts(key: KeyDetails) -> impl IntoView {
    let now = key.now;
    let row = key.row;
    let last_used = match row.last_used_at {
        Some(at) => view! {
            <Ago at now/>
            {key.last_used_from.map(|from| view! { " from " <span class="mono">{from}</span> })}
        }
        .into_any(),
        None => none("Never"),
    };
    let expires = match row.expires_at {
        Some(end) => view! { <Day at=end/> }.into_any(),
        None => none("Never"),
    };
    let token = view! {
        <span class="mono">{row.masked}</span>
        <span class="sub">"created " <Ago at=key.rotated_at now/> {old_tokens(key.old_tokens.len())}</span>
    };
    let created = view! {
        <Ago at=row.created_at now/>
        {created_by(&row.creator)}
    };
    let mut facts: Vec<Fact> = vec![
        (
            "Endpoints",
            endpoints(&key.endpoints, row.endpoints.is_none(), key.endpoints_paging.total),
        ),
        ("Owner", owner(key.owner, row.owner_disabled)),
        ("Bias Profile", view! { <ProfileTag profile=row.profile/> }.into_any()),
        ("Customer", customer(row.customer)),
        ("Expires", expires),
    ];
    facts.extend(
        key.settings
            .into_iter()
            .filter_map(|(field, lines)| setting(field, &lines)),
    );
    facts.extend([
        ("API Key", token.into_any()),
        ("Last used", last_used),
        ("Last 24 hours", requests(key.day).into_any()),
        ("Last 30 days", requests(key.month).into_any()),
        ("Created", created.into_any()),
    ]);
    let facts = facts.into_iter().map(|(name, content)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{content}</dd>
            </div>
        }
    });
    view! {
        <section class="card facts" aria-labelledby="facts">
            <h2 class="vh" id="facts">
                "Key"
            </h2>
            <dl>{facts.collect_view()}</dl>
        </section>
    }
}

fn none(word: &'static str) -> AnyView {
    view! { <span class="dim">{word}</span> }.into_any()
}

/// The first endpoints, with their paths.
fn endpoints(endpoints: &[EndpointUse], all: bool, total: u64) -> AnyView {
    if all {
        return "All endpoints".into_any();
    }
    let named = endpoints.iter().take(ENDPOINTS).map(|used| {
        view! {
            <li>
                {tag(used.endpoint.title.clone())}
                <Patterns patterns=used.endpoint.patterns.clone() copies=true/>
            </li>
        }
    });
    let more = total.saturating_sub(ENDPOINTS as u64);
    view! {
        <ul class="facts__endpoints" role="list">
            {named.collect_view()}
        </ul>
        {(more > 0).then(|| view! { <a href="#endpoints">{format!("and {} more", grouped(more))}</a> })}
    }
    .into_any()
}

fn customer(customer: Option<CustomerName>) -> AnyView {
    match customer {
        Some(CustomerName { id, external_id, name }) => view! {
            <a href=format!("/customers/{id}")>{name}</a>
            <span class="sub mono">{external_id.clone()} {copy_icon(external_id)}</span>
        }
        .into_any(),
        None => none("None"),
    }
}

fn owner(owner: Option<String>, is_disabled: bool) -> AnyView {
    let named = match owner {
        Some(owner) => view! { <bdi>{owner}</bdi> }.into_any(),
        None => none("No person"),
    };
    view! {
        {named}
        {is_disabled.then(|| view! { <span class="sub sub--soon">"Owner is disabled"</span> })}
    }
    .into_any()
}

fn old_tokens(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; an old one still works".to_owned(),
        count => format!("; {count} old ones still work"),
    }
}

/// A setting of the key that its row in the list does not show.
fn setting(field: KeyField, lines: &[String]) -> Option<Fact> {
    let (empty, shown) = match field {
        KeyField::Limit(_) => ("None", limit(lines.first())),
        KeyField::AllowedAddresses => ("Everywhere", list(lines)),
        KeyField::Metadata => ("None", json(lines.first())),
        KeyField::Description | KeyField::Location => ("None", text(lines.first())),
        KeyField::Tags => ("None", tags(lines)),
        // The row of the key shows these settings.
        KeyField::Name
        | KeyField::Owner
        | KeyField::BiasProfile
        | KeyField::Status
        | KeyField::Expires
        | KeyField::Customer => {
            return None;
        }
    };
    Some((field.heading(), if lines.is_empty() { none(empty) } else { shown }))
}

fn limit(words: Option<&String>) -> AnyView {
    view! {
        <span class="num">{words.cloned()}</span>
        <span class="sub">"over all nodes"</span>
    }
    .into_any()
}

fn text(text: Option<&String>) -> AnyView {
    view! { <bdi>{text.cloned()}</bdi> }.into_any()
}

/// The tags, each a link to the keys that have it.
fn tags(tags: &[String]) -> AnyView {
    view! {
        <ul class="tags" role="list">
            {tags
                .iter()
                .map(|tag| {
                    let mut params = ParamsMap::new();
                    params.insert("tag", tag.clone());
                    let href = url_with_list_query("/keys", &params);
                    view! {
                        <li>
                            <a class="tag" href=href>
                                {tag.clone()}
                            </a>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
    .into_any()
}

fn json(text: Option<&String>) -> AnyView {
    view! { <pre class="mono">{text.cloned()}</pre> }.into_any()
}

fn list(lines: &[String]) -> AnyView {
    view! {
        <ul class="mono" role="list">
            {lines.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view()}
        </ul>
    }
    .into_any()
}
