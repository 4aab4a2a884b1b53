//! A day or a time as it is where the person is.

use leptos::prelude::*;
use model::time::{MINUTE, Timestamp};

/// The calendar day of a point in time: in UTC as the server writes it, then in the person's own time zone. The exact
/// time, in UTC, is in its title.
#[component]
pub(crate) fn Day(at: Timestamp) -> impl IntoView {
    let text = RwSignal::new(at.date());
    Effect::new(move |_| text.set(local(at).date()));
    view! {
        <time datetime=at.rfc3339() title=at.exact()>
            {text}
        </time>
    }
}

/// The same point on the person's wall clock. In the browser only.
fn local(at: Timestamp) -> Timestamp {
    at.plus(offset_at(at) * MINUTE)
}

/// Minutes that the person's clock is east of UTC at a point in time, summer time included. In the browser only.
pub(crate) fn offset_at(at: Timestamp) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds, far below 2^53")]
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.0 as f64));
    #[expect(clippy::cast_possible_truncation, reason = "whole minutes of a day")]
    let behind = date.get_timezone_offset() as i64;
    -behind
}

/// The offset on the evening of a day that a date field names (`2027-02-20`); today's where it names none.
pub(crate) fn offset_on(day: &str) -> i64 {
    match Timestamp::end_of_day(day, 0) {
        Some(end) => offset_at(end),
        None => offset_at(here()),
    }
}

/// What this computer takes for the time. In the browser only.
pub(crate) fn here() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    Timestamp(js_sys::Date::now() as i64)
}
