//! A day or a time as it is where the person is.

use leptos::prelude::*;
use model::time::{DAY, MINUTE, Timestamp};

/// The calendar day of a point in time, see [`day`]. The exact time, in UTC, is in its title.
#[component]
pub(crate) fn Day(at: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.rfc3339() title=at.exact()>
            {day(at)}
        </time>
    }
}

/// The calendar day of a point in time: in UTC, and said so, as the server writes it; then in the person's own time zone.
/// Every screen names a day by this, or two would name two days.
pub(crate) fn day(at: Timestamp) -> RwSignal<String> {
    here_instead(format!("{} UTC", at.date()), move || local(at).date())
}

/// The calendar day of a point in time in the form that a date field takes: `2027-02-20`.
pub(crate) fn iso_day(at: Timestamp) -> RwSignal<String> {
    here_instead(at.iso_date(), move || local(at).iso_date())
}

/// How long ago a point in time was, seen from `now`, with days in the person's own time zone.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> RwSignal<String> {
    here_instead(at.relative_to(now), move || {
        if now.since(at) < DAY {
            at.relative_to(now)
        } else {
            local(at).day_seen_from(local(now))
        }
    })
}

/// Whose days a date field means: UTC's while nothing else is known, then those of the person's own time zone, by its name.
pub(crate) fn zone() -> RwSignal<String> {
    here_instead("UTC".to_owned(), || {
        let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
        let name = js_sys::Reflect::get(&options, &"timeZone".into()).ok();
        name.and_then(|name| name.as_string())
            .unwrap_or_else(|| "your time zone".to_owned())
    })
}

/// A text as the server writes it, and then the one that only the browser knows.
fn here_instead(first: String, then: impl Fn() -> String + 'static) -> RwSignal<String> {
    let text = RwSignal::new(first);
    Effect::new(move |_| text.set(then()));
    text
}

/// The same point on the person's wall clock. In the browser only.
pub(crate) fn local(at: Timestamp) -> Timestamp {
    at.plus(offset_at(at) * MINUTE)
}

/// Minutes that the person's clock is east of UTC at a point in time, summer time included. In the browser only.
fn offset_at(at: Timestamp) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds, far below 2^53")]
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.0 as f64));
    #[expect(clippy::cast_possible_truncation, reason = "whole minutes of a day")]
    let behind = date.get_timezone_offset() as i64;
    -behind
}

/// The offset at the end of a day that a date field names (`2027-02-20`), which is where the next one begins: the browser
/// says when that is, also where clocks are changed in that night or the midnight is left out. In the browser only.
pub(crate) fn offset_at_end_of(day: &str) -> i64 {
    let Some(in_utc) = Timestamp::end_of_day(day, 0).map(|end| end.plus(1)) else {
        return 0;
    };
    let Some((year, month, day)) = in_utc.calendar() else {
        return 0;
    };
    // The browser counts months from 0.
    let next = js_sys::Date::new_with_year_month_day(year, month - 1, day);
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    let begins = Timestamp(next.get_time() as i64);
    in_utc.since(begins) / MINUTE
}

/// What this computer takes for the time. In the browser only.
pub(crate) fn here() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    Timestamp(js_sys::Date::now() as i64)
}
