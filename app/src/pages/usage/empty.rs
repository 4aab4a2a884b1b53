//! What the screen shows in place of the report if there are no requests, or none that match the filters.

use leptos::prelude::*;
use model::usage::{Range, UsageQuery};

use super::address::usage_link;
use crate::pages::verify_example::VerifyExample;
use crate::ui::button::{Look, link_button};
use crate::ui::icon::IconKind;
use crate::ui::state::{State, state_actions};

#[component]
pub(super) fn Empty(
    /// Whether there was any request at any time.
    ever: bool,
    /// Whether the query leaves out some requests.
    narrowed: bool,
) -> impl IntoView {
    if !ever {
        return view! { <NoneYet/> }.into_any();
    }
    view! {
        <State
            icon=IconKind::Chart
            title="No requests here"
            text="No request in this time matches your filters."
        >
            {narrowed
                .then(|| {
                    let all = usage_link("/usage", &everything());
                    state_actions(link_button(Look::Secondary, all, "Show all of the last 400 days"))
                })}
        </State>
    }
    .into_any()
}

/// The query for all requests.
pub(super) fn everything() -> UsageQuery {
    UsageQuery {
        range: Range::All.slug().to_owned(),
        environment: Some(String::new()),
        ..UsageQuery::default()
    }
}

/// Says how to make a first request.
#[component]
fn NoneYet() -> impl IntoView {
    view! {
        <State
            icon=IconKind::Chart
            title="No requests yet"
            text="Each request to the verifier is counted here. Send the first one:"
        >
            <VerifyExample endpoint="chat" id="usage-curl" class="token usage-curl"/>
            {state_actions(link_button(Look::Secondary, "/keys", "API Keys"))}
        </State>
    }
}
