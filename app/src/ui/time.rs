//! A time relative to the time of the page. The exact time is shown on hover and read by screen readers.

use leptos::prelude::*;
use model::time::Timestamp;

use super::day::{ago, exact};

/// A relative time. `now` comes with the data, so that the server and the browser write the same text.
#[component]
pub(crate) fn Ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.rfc3339() title=exact(at)>
            {ago(at, now)}
        </time>
    }
}
