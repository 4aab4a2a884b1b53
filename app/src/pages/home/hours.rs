//! A bar for each hour, stacked by allowed and refused. The values of a bar appear on hover, focus and touch, also without scripts.

use leptos::prelude::*;
use model::home::HourCount;
use model::time::{HOUR, Timestamp};

use crate::ui::chart::stack::stack;
use crate::ui::day::on_clock;
use crate::ui::number::grouped;

/// The height of the highest bar, in pixels.
const HEIGHT: u64 = 112;
/// The number of bars from one time on the axis to the next.
const TIME_EVERY: usize = 6;

#[component]
pub(super) fn Hours(hours: Vec<HourCount>, local: RwSignal<bool>) -> impl IntoView {
    let largest = hours.iter().map(HourCount::total).max().unwrap_or_default();
    let last = hours.len().saturating_sub(1);
    let bars = hours
        .into_iter()
        .enumerate()
        .map(|(index, hour)| {
            let (running, time) = (index == last, index.is_multiple_of(TIME_EVERY));
            view! { <Bar hour largest running time local/> }
        })
        .collect_view();
    view! {
        <ol class="hours" role="list" aria-label="Requests by hour">
            {bars}
        </ol>
    }
}

#[component]
fn Bar(
    hour: HourCount,
    largest: u64,
    /// Whether the hour has not ended.
    running: bool,
    /// Whether the axis shows its time.
    time: bool,
    local: RwSignal<bool>,
) -> impl IntoView {
    let parts = vec![("hour__allowed", hour.allowed), ("hour__refused", hour.refused)];
    let parts = stack(parts, largest, HEIGHT).into_iter();
    let parts = parts.map(|(class, top, high)| view! { <rect class=class width="100%" y=top height=high></rect> });
    let class = if running { "hour hour--running" } else { "hour" };
    let start = hour.start;
    let words = in_words(&hour);
    let so_far = if running { " so far" } else { "" };
    view! {
        <li class=class tabindex="0">
            <span class="hour__values">
                <strong>{move || span(start, local.get())}</strong>
                " "
                {words}
                {so_far}
            </span>
            <svg class="hour__bar" width="100%" height=HEIGHT aria-hidden="true" focusable="false">
                {parts.collect_view()}
            </svg>
            {time
                .then(|| {
                    view! {
                        <span class="hour__time" aria-hidden="true">
                            {move || on_clock(start, local.get()).time_of_day()}
                        </span>
                    }
                })}
        </li>
    }
}

/// Counts in words, such as `1,200 allowed, 4 refused`.
fn in_words(hour: &HourCount) -> String {
    match (hour.allowed, hour.refused) {
        (0, 0) => "no requests".to_owned(),
        (allowed, refused) => format!("{} allowed, {} refused", grouped(allowed), grouped(refused)),
    }
}

/// The hour that begins here, such as `14:00–15:00`.
fn span(start: Timestamp, local: bool) -> String {
    let (from, to) = (on_clock(start, local), on_clock(start.plus(HOUR), local));
    let zone = if local { "" } else { " UTC" };
    format!("{}–{}{zone}", from.time_of_day(), to.time_of_day())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(allowed: u64, refused: u64) -> HourCount {
        HourCount {
            start: Timestamp(1_795_323_600_000), // 2026-11-22T05:00:00Z
            allowed,
            refused,
        }
    }

    #[test]
    fn a_bar_is_told_in_words() {
        assert_eq!(in_words(&hour(1_200, 4)), "1,200 allowed, 4 refused");
        assert_eq!(in_words(&hour(0, 0)), "no requests");
        assert_eq!(span(hour(0, 0).start, false), "05:00–06:00 UTC");
    }
}
