//! A status: a dot and a word, and below it until when.

use leptos::prelude::*;
use model::status::Status;
use model::time::{DAY, Timestamp, days_left};

/// An end date that is nearer stands out, in milliseconds.
const SOON: i64 = 14 * DAY;

#[component]
pub(crate) fn StatusBadge(status: Status, expires_at: Option<Timestamp>, now: Timestamp) -> impl IntoView {
    let until = expires_at.and_then(|end| until(status, end, now));
    view! {
        <span class=format!("status status--{}", status.slug())>
            <span class="status__dot"></span>
            {status.title()}
            {until.map(|(text, soon)| view! { <span class=if soon { "sub sub--soon" } else { "sub" }>{text}</span> })}
        </span>
    }
}

/// What to say about the end date, and whether it needs someone soon.
fn until(status: Status, end: Timestamp, now: Timestamp) -> Option<(String, bool)> {
    let left = end.since(now);
    match status {
        Status::Failed => None,
        Status::Expired => Some((format!("since {}", end.date()), false)),
        _ if left > SOON => Some((format!("until {}", end.date()), false)),
        _ => Some(match days_left(left) {
            1 => ("ends within a day".to_owned(), true),
            days => (format!("ends in {days} days"), true),
        }),
    }
}
