//! Days and times in the person's own time zone.

use std::cell::RefCell;

use leptos::prelude::*;
use model::time::{DAY, MINUTE, Timestamp};

use crate::preferences::is_utc;

/// The calendar day of a point in time, see [`day`]. The `title` attribute holds the exact time.
#[component]
pub(crate) fn Day(at: Timestamp) -> impl IntoView {
    view! {
        <time datetime=at.rfc3339() title=exact(at)>
            {day(at)}
        </time>
    }
}

/// The calendar day of a point in time. The server writes it in UTC, with the word UTC. Then the browser writes it in the person's
/// own time zone. Every screen uses this function, so that all screens name the same day.
pub(crate) fn day(at: Timestamp) -> RwSignal<String> {
    server_then_browser_text(format!("{} UTC", at.date()), move || local(at).date())
}

/// The exact time: first in UTC, and then in the person's own time zone, such as `20 Feb 2027, 15:05:09 UTC+1`.
pub(crate) fn exact(at: Timestamp) -> RwSignal<String> {
    server_then_browser_text(at.exact(), move || local_exact(at))
}

/// The exact time in the person's own time zone, see [`exact`]. Works only in the browser.
pub(crate) fn local_exact(at: Timestamp) -> String {
    let offset = offset_at(at);
    let (there, minutes) = (at.plus(offset * MINUTE), offset.abs() % 60);
    let mut zone = "UTC".to_owned();
    if offset != 0 {
        zone.push(if offset < 0 { '−' } else { '+' });
        zone.push_str(&(offset.abs() / 60).to_string());
    }
    if minutes != 0 {
        zone.push(':');
        zone.push_str(&minutes.to_string());
    }
    format!("{}, {} {zone}", there.date(), there.clock())
}

/// The calendar day of a point in time in the form of a date field, such as `2027-02-20`.
pub(crate) fn iso_day(at: Timestamp) -> RwSignal<String> {
    server_then_browser_text(at.iso_date(), move || local(at).iso_date())
}

/// How long before `now` a point in time was, in words. Days begin at midnight in the person's own time zone.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> RwSignal<String> {
    server_then_browser_text(at.relative_to(now), move || {
        if now.since(at) < DAY {
            at.relative_to(now)
        } else {
            local(at).day_seen_from(local(now))
        }
    })
}

/// The name of the time zone of a date field: first UTC, and then the person's own time zone.
pub(crate) fn zone() -> RwSignal<String> {
    server_then_browser_text("UTC".to_owned(), || {
        if is_utc() {
            return "UTC".to_owned();
        }
        let options = js_sys::Intl::DateTimeFormat::default().resolved_options();
        let name = js_sys::Reflect::get(&options, &"timeZone".into()).ok();
        name.and_then(|name| name.as_string())
            .unwrap_or_else(|| "your time zone".to_owned())
    })
}

/// Whether times of day are in the person's own time zone. At first they are in UTC, as the server writes them, and they stay so for a
/// person who has chosen UTC.
pub(crate) fn shows_local_times() -> RwSignal<bool> {
    let is_local = RwSignal::new(false);
    Effect::new(move |_| {
        if !is_utc() {
            is_local.set(true);
        }
    });
    is_local
}

/// A point in time on the clock that is shown: the person's own one, or one in UTC. See [`shows_local_times`].
pub(crate) fn on_clock(at: Timestamp, is_local: bool) -> Timestamp {
    if is_local { local(at) } else { at }
}

/// A text that is first what the server can write, and then what only the browser knows.
fn server_then_browser_text(first: String, then: impl Fn() -> String + 'static) -> RwSignal<String> {
    let text = RwSignal::new(first);
    if cfg!(target_family = "wasm") {
        write_after_drawing(Box::new(move || {
            text.try_set(then());
        }));
    }
    text
}

type Write = Box<dyn FnOnce()>;

thread_local! {
    static WRITES: RefCell<Vec<Write>> = const { RefCell::new(Vec::new()) };
}

/// Writes a text once everything is drawn that is being drawn now. One task writes all of these texts: a list has some in each row, and
/// an effect for each of them would make the page interactive later.
fn write_after_drawing(write: Write) {
    let is_first = WRITES.with_borrow_mut(|writes| {
        writes.push(write);
        writes.len() == 1
    });
    if is_first {
        leptos::task::spawn_local(async {
            for write in WRITES.take() {
                write();
            }
        });
    }
}

/// A point in time as the person's wall clock shows it. Works only in the browser.
pub(crate) fn local(at: Timestamp) -> Timestamp {
    at.plus(offset_at(at) * MINUTE)
}

/// The minutes by which the person's time zone, or the one that the person has chosen, is east of UTC at a point in time, including
/// summer time. Works only in the browser.
fn offset_at(at: Timestamp) -> i64 {
    if is_utc() {
        return 0;
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds, far below 2^53")]
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(at.0 as f64));
    #[expect(clippy::cast_possible_truncation, reason = "whole minutes of a day")]
    let behind = date.get_timezone_offset() as i64;
    -behind
}

/// The offset at the end of a day from a date field (`2027-02-20`). The day ends where the next day begins. The browser knows when
/// that is, even in a night in which clocks change or midnight is skipped. Works only in the browser.
pub(crate) fn offset_at_end_of(day: &str) -> i64 {
    let Some(in_utc) = Timestamp::end_of_day(day, 0).map(|end| end.plus(1)) else {
        return 0;
    };
    let Some((year, month, day)) = in_utc.calendar().filter(|_| !is_utc()) else {
        return 0;
    };
    // The browser counts months from 0.
    let next = js_sys::Date::new_with_year_month_day(year, month - 1, day);
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    let begins = Timestamp(next.get_time() as i64);
    in_utc.since(begins) / MINUTE
}

/// The time of this computer's clock. Works only in the browser.
pub(crate) fn here() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    Timestamp(js_sys::Date::now() as i64)
}
