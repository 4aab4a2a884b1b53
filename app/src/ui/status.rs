//! A status: a dot and a word, and below it until when.

use leptos::prelude::*;
use model::end_date::SOON;
use model::status::Status;
use model::time::{Timestamp, days_left};

use super::day::Day;

#[component]
pub(crate) fn StatusBadge(status: Status, expires_at: Option<Timestamp>, now: Timestamp) -> impl IntoView {
    view! {
        <span class=format!("status status--{}", status.slug())>
            <span class="status__dot"></span>
            {status.title()}
            {expires_at.and_then(|end| until(status, end, now))}
        </span>
    }
}

/// What to say about the end date; one that needs someone soon stands out.
fn until(status: Status, end: Timestamp, now: Timestamp) -> Option<AnyView> {
    let left = end.since(now);
    match status {
        Status::Failed => None,
        Status::Expired => Some(view! { <span class="sub">"since " <Day at=end/></span> }.into_any()),
        _ if left > SOON => Some(view! { <span class="sub">"until " <Day at=end/></span> }.into_any()),
        _ => {
            let text = match days_left(left) {
                1 => "ends within a day".to_owned(),
                days => format!("ends in {days} days"),
            };
            Some(view! { <span class="sub sub--soon">{text}</span> }.into_any())
        }
    }
}
