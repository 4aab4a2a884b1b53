//! The facts about a key, one in each line.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;
use model::customer::CustomerName;
use model::key_fields::KeyField;
use model::key_page::KeyDetails;

use crate::pages::keys::address::url_with_list_query;
use crate::pages::keys::row::ProfileTag;
use crate::ui::actor::created_by;
use crate::ui::badge::StatusBadge;
use crate::ui::day::Day;
use crate::ui::number::requests;
use crate::ui::time::Ago;

#[component]
pub(super) fn Facts(key: KeyDetails) -> impl IntoView {
    let now = key.now;
    let row = key.row;
    let rotated = key.rotated_at > row.created_at;
    let last_used = match row.last_used_at {
        Some(at) => view! {
            <Ago at now/>
            {key.last_used_from.map(|from| view! { " from " <span class="mono">{from}</span> })}
        }
        .into_any(),
        None => view! { <span class="dim">"Never"</span> }.into_any(),
    };
    view! {
        <dl class="details">
            <dt>"Status"</dt>
            <dd>
                <StatusBadge status=row.status expires_at=None now/>
            </dd>
            <dt>"Expires"</dt>
            <dd>
                {match row.expires_at {
                    Some(end) => view! { <Day at=end/> }.into_any(),
                    None => view! { <span class="dim">"Never"</span> }.into_any(),
                }}
            </dd>
            <dt>"API Key"</dt>
            <dd>
                <span class="mono">{row.masked}</span>
                {rotated.then(|| view! { <span class="sub">"rotated " <Ago at=key.rotated_at now/></span> })}
            </dd>
            <dt>"Owner"</dt>
            <dd>
                {match key.owner {
                    Some(owner) => view! { <bdi>{owner}</bdi> }.into_any(),
                    None => view! { <span class="dim">"No person"</span> }.into_any(),
                }}
                {row.owner_disabled.then(|| view! { <span class="sub sub--soon">"Owner is disabled"</span> })}
            </dd>
            <dt>"Bias Profile"</dt>
            <dd>
                <ProfileTag profile=row.profile/>
            </dd>
            <dt>"Customer"</dt>
            <dd>
                <Customer customer=row.customer/>
            </dd>
            {key.settings.into_iter().map(|(field, lines)| view! { <Setting field lines/> }).collect_view()}
            <dt>"Last used"</dt>
            <dd>{last_used}</dd>
            <dt>"Last 24 hours"</dt>
            <dd class="num">{requests(key.day)}</dd>
            <dt>"Last 30 days"</dt>
            <dd class="num">{requests(key.month)}</dd>
            <dt>"Created"</dt>
            <dd>
                <Ago at=row.created_at now/>
                {created_by(&row.creator)}
            </dd>
        </dl>
    }
}

#[component]
fn Customer(customer: Option<CustomerName>) -> impl IntoView {
    match customer {
        Some(CustomerName { id, external_id, name }) => view! {
            <a href=format!("/customers/{id}")>{name}</a>
            <span class="sub mono">{external_id}</span>
        }
        .into_any(),
        None => view! { <span class="dim">"None"</span> }.into_any(),
    }
}

/// A setting of the key that its row in the list does not show.
#[component]
fn Setting(field: KeyField, lines: Vec<String>) -> impl IntoView {
    let (empty, shown) = match field {
        KeyField::Limit(_) => ("None", limit(lines.first())),
        KeyField::AllowedAddresses => ("Everywhere", list(&lines)),
        KeyField::Metadata => ("None", json(lines.first())),
        KeyField::Description | KeyField::Location => ("Not said", text(lines.first())),
        KeyField::Tags => ("None", tags(&lines)),
        // The row of the key shows these settings.
        KeyField::Name
        | KeyField::Owner
        | KeyField::BiasProfile
        | KeyField::Status
        | KeyField::Expires
        | KeyField::Customer => {
            return ().into_any();
        }
    };
    view! {
        <dt>{field.heading()}</dt>
        <dd>
            {if lines.is_empty() { view! { <span class="dim">{empty}</span> }.into_any() } else { shown }}
        </dd>
    }
    .into_any()
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
