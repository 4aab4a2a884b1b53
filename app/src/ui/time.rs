//! A time, relative to when the page was made; the exact one on hover and for screen readers.

use leptos::prelude::*;
use model::time::Timestamp;

use super::day::ago;

/// `now` comes with the data, so that the server and the browser write the same text.
#[component]
pub(crate) fn Ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.rfc3339() title=at.exact()>
            {ago(at, now)}
        </time>
    }
}
