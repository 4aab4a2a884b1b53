//! The facts about a customer, one in each line.

use leptos::prelude::*;
use model::customer::CustomerDetails;

use super::table::status_badge;
use crate::ui::actor::created_by;
use crate::ui::copy::copy_icon;
use crate::ui::number::requests;
use crate::ui::time::Ago;

#[component]
pub(super) fn Facts(details: CustomerDetails) -> impl IntoView {
    let CustomerDetails {
        row,
        suspended_at,
        created_at,
        creator,
        limits,
        day,
        month,
        now,
        ..
    } = details;
    let since = suspended_at.map(|at| view! { <span class="sub">"since " <Ago at now/></span> }.into_any());
    let none = |word: &'static str| view! { <span class="dim">{word}</span> }.into_any();
    view! {
        <dl class="details">
            <dt>"Status"</dt>
            <dd>{status_badge(row.status, since)}</dd>
            <dt>"External ID"</dt>
            <dd class="mono">{row.called.external_id.clone()} {copy_icon(row.called.external_id)}</dd>
            <dt>"ID"</dt>
            <dd class="mono">{row.called.id.to_string()} {copy_icon(row.called.id.as_str())}</dd>
            <dt>"Shared limits"</dt>
            <dd>
                {if limits.is_empty() {
                    none("None")
                } else {
                    view! {
                        <span class="num">{limits}</span>
                        <span class="sub">"over all its keys and all nodes"</span>
                    }
                        .into_any()
                }}
            </dd>
            <dt>"Last used"</dt>
            <dd>
                {match row.uses.last_used_at {
                    Some(at) => view! { <Ago at now/> }.into_any(),
                    None => none("Never"),
                }}
            </dd>
            <dt>"Last 24 hours"</dt>
            <dd class="num">{requests(day)}</dd>
            <dt>"Last 30 days"</dt>
            <dd class="num">{requests(month)}</dd>
            <dt>"Created"</dt>
            <dd>
                <Ago at=created_at now/>
                {created_by(&creator)}
            </dd>
        </dl>
    }
}
