//! A bar for each hour, stacked by allowed and refused. The values of a bar appear on hover, focus and touch, also without scripts.
//!
//! Heights are whole pixels in attributes, since the Content-Security-Policy of the page refuses inline styles.

use leptos::prelude::*;
use model::home::HourCount;
use model::time::{HOUR, Timestamp};

use crate::ui::day;
use crate::ui::number::grouped;

/// The height of the highest bar, in pixels.
const HEIGHT: u64 = 112;
/// The least height of a part of a bar, so that even one request can be seen.
const LEAST: u64 = 2;
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
    let (allowed, (base, refused)) = heights(&hour, largest);
    let (allowed_top, refused_top) = (HEIGHT - allowed, HEIGHT - base - refused);
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
                <rect class="hour__allowed" width="100%" y=allowed_top height=allowed></rect>
                <rect class="hour__refused" width="100%" y=refused_top height=refused></rect>
            </svg>
            {time
                .then(|| {
                    view! {
                        <span class="hour__time" aria-hidden="true">
                            {move || at(start, local.get()).time_of_day()}
                        </span>
                    }
                })}
        </li>
    }
}

/// The height of the lower part, and where above the base the upper part begins and how high it is. Between two parts there is a gap.
fn heights(hour: &HourCount, largest: u64) -> (u64, (u64, u64)) {
    let height = |count: u64| {
        let part = u128::from(count) * u128::from(HEIGHT) / u128::from(largest.max(1));
        if count == 0 {
            0
        } else {
            u64::try_from(part).unwrap_or(HEIGHT).clamp(LEAST, HEIGHT)
        }
    };
    let gap = u64::from(hour.allowed > 0 && hour.refused > 0);
    // Where both do not fit, the higher one gives way.
    let refused = height(hour.refused).min(HEIGHT - gap * (LEAST + gap));
    let allowed = height(hour.allowed).min(HEIGHT - gap - refused);
    (allowed, (allowed + gap, refused))
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
    let (from, to) = (at(start, local), at(start.plus(HOUR), local));
    let zone = if local { "" } else { " UTC" };
    format!("{}–{}{zone}", from.time_of_day(), to.time_of_day())
}

/// A time on the clock that is shown.
fn at(time: Timestamp, local: bool) -> Timestamp {
    if local { day::local(time) } else { time }
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
    fn parts_are_stacked_and_the_smallest_can_be_seen() {
        assert_eq!(heights(&hour(1_000, 0), 1_000), (HEIGHT, (HEIGHT, 0)));
        assert_eq!(heights(&hour(0, 1_000), 1_000), (0, (0, HEIGHT)));
        assert_eq!(heights(&hour(500, 0), 1_000), (56, (56, 0)));
        assert_eq!(heights(&hour(0, 1), 1_000_000), (0, (0, LEAST)));
        assert_eq!(heights(&hour(0, 0), 0), (0, (0, 0)));
        let (allowed, (base, refused)) = heights(&hour(999, 1), 1_000);
        assert_eq!((allowed, base, refused), (109, 110, LEAST));
        for (allowed, refused) in [
            (1, 1),
            (1, u64::MAX / 2),
            (u64::MAX / 2, 1),
            (u64::MAX / 2, u64::MAX / 2),
        ] {
            let (low, (base, high)) = heights(&hour(allowed, refused), allowed + refused);
            assert!(
                low >= LEAST && low < base && high >= LEAST && base + high <= HEIGHT,
                "{allowed} {refused}: {low} {base} {high}"
            );
        }
    }

    #[test]
    fn a_bar_is_told_in_words() {
        assert_eq!(in_words(&hour(1_200, 4)), "1,200 allowed, 4 refused");
        assert_eq!(in_words(&hour(0, 0)), "no requests");
        assert_eq!(span(hour(0, 0).start, false), "05:00–06:00 UTC");
    }
}
