//! The endpoints of the key, and how much the key used each.

use leptos::prelude::*;
use model::key_page::EndpointUse;
use model::time::Timestamp;

use crate::ui::fold::Fold;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::number::grouped;
use crate::ui::patterns::Patterns;
use crate::ui::time::Ago;

/// How many endpoints are shown first.
const SHOWN: usize = 20;

#[component]
pub(super) fn Endpoints(endpoints: Vec<EndpointUse>, now: Timestamp, all: bool) -> impl IntoView {
    let mut lines: Vec<_> = endpoints.into_iter().map(|used| view! { <Line used now/> }).collect();
    let folded = (lines.len() > SHOWN + 1).then(|| lines.split_off(SHOWN));
    view! {
        <ul class="lines" role="list">
            {lines}
        </ul>
        {folded
            .map(|folded| {
                let words = format!("and {} more endpoints", grouped(folded.len() as u64));
                view! { <Fold words>{folded}</Fold> }
            })}
        <p class="field__hint">
            <Icon kind=IconKind::Lock/>
            {if all {
                "All endpoints, also those that are added later. This cannot be changed."
            } else {
                "Endpoints cannot be changed. For others, create a new key."
            }}
        </p>
    }
}

#[component]
fn Line(used: EndpointUse, now: Timestamp) -> impl IntoView {
    let last = match used.last_used_at {
        Some(at) => view! {
            <span>
                {format!("{} in 30 days, last ", grouped(used.month))}
                <Ago at now/>
            </span>
        }
        .into_any(),
        None => view! { <span class="dim">"Never used"</span> }.into_any(),
    };
    view! {
        <li class="line">
            <div>
                <strong>{used.endpoint.title}</strong>
                {used.retired.then_some(" (retired)")}
                <Patterns patterns=used.endpoint.patterns copies=true/>
            </div>
            <span class="line__end num">{last}</span>
        </li>
    }
}
