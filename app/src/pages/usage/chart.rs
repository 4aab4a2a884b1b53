//! The chart: a bar for each step of the range, stacked by outcome. The server draws it.
//!
//! Widths are percentages and heights are pixels, so that the chart fills its place while its texts keep their size. It has no
//! inline styles, since the Content-Security-Policy of the page refuses them.

use leptos::prelude::*;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome};

use super::scale::{Scale, short};
use crate::ui::number::grouped;

/// Heights in pixels: the space above the bars for the highest label, and the space below them for the texts.
const TOP: f64 = 10.0;
const BELOW: f64 = 26.0;
/// The share of the width of a step that its bar takes.
const BAR: f64 = 0.64;
/// The least height of a bar, so that even one request can be seen.
const LEAST: f64 = 2.0;

#[component]
pub(super) fn Chart(
    range: Range,
    buckets: Vec<Bucket>,
    /// The beginning of the ids of the chart's title and description.
    id: &'static str,
    /// The height of the bars, in pixels.
    height: u16,
) -> impl IntoView {
    let (title, description) = (format!("{id}-title"), format!("{id}-description"));
    let (labelled, described) = (title.clone(), description.clone());
    let largest = buckets.iter().map(|bucket| bucket.counts.total()).max();
    let scale = Scale::up_to(largest.unwrap_or_default());
    let height = f64::from(height);
    let all = TOP + height + BELOW;
    let words = in_words(range, &buckets);
    let lines = scale.lines().map(|value| {
        let y = scale.part(value).mul_add(-height, TOP + height);
        let class = if value == 0 { "chart__base" } else { "chart__line" };
        view! {
            <line class=class x1="0" x2="100%" y1=pixels(y) y2=pixels(y)></line>
            <text class="chart__label" x="-10" y=pixels(y + 4.0) text-anchor="end">
                {short(value)}
            </text>
        }
    });
    let count = buckets.len();
    let labels = labels(range, &buckets).map(|(index, text, also_narrow)| {
        let class = if also_narrow {
            "chart__label"
        } else {
            "chart__label chart__label--wide"
        };
        view! {
            <text class=class x=share(index, count, 0.5) y=pixels(TOP + height + 20.0) text-anchor="middle">
                {text}
            </text>
        }
    });
    let labels = labels.collect_view();
    let bars = buckets
        .into_iter()
        .enumerate()
        .map(|(index, bucket)| {
            let text = format!("{} UTC: {}", range.in_words(bucket.start, bucket.end), describe_counts(&bucket.counts));
            view! {
                <g class="chart__step">
                    <title>{text}</title>
                    <rect class="chart__hit" x=share(index, count, 0.0) y=pixels(TOP) width=share(1, count, 0.0) height=pixels(height)></rect>
                    {parts(&bucket.counts, scale, height)
                        .into_iter()
                        .map(|(outcome, y, high)| {
                            view! {
                                <rect
                                    class=format!("chart__bar outcome--{}", outcome.slug())
                                    x=share(index, count, (1.0 - BAR) / 2.0)
                                    y=pixels(y)
                                    width=share(0, count, BAR)
                                    height=pixels(high)
                                ></rect>
                            }
                        })
                        .collect_view()}
                </g>
            }
        })
        .collect_view();
    view! {
        <svg
            class="chart"
            role="img"
            aria-labelledby=labelled
            aria-describedby=described
            width="100%"
            height=pixels(all)
            focusable="false"
        >
            <title id=title>{format!("Requests by {}", range.step())}</title>
            <desc id=description>{words}</desc>
            {lines.collect_view()}
            {bars}
            {labels}
        </svg>
    }
}

/// The parts of a bar, from the base up: outcome, distance from the top, and height. There is a gap of one pixel between two parts.
fn parts(counts: &Outcomes, scale: Scale, height: f64) -> Vec<(RequestOutcome, f64, f64)> {
    let mut base = TOP + height;
    let there = RequestOutcome::ALL
        .into_iter()
        .filter(|outcome| counts.of(*outcome) > 0);
    there
        .map(|outcome| {
            let high = (scale.part(counts.of(outcome)) * height).max(LEAST);
            base -= high;
            let gap = if high > 2.0 * LEAST { 1.0 } else { 0.0 };
            (outcome, base, high - gap)
        })
        .collect()
}

/// The steps that have a text below them, and whether narrow screens show that text, too.
pub(super) fn labels(range: Range, buckets: &[Bucket]) -> impl Iterator<Item = (usize, String, bool)> {
    // The number of steps from one text to the next. The last step always has a text.
    let (every, narrow) = match range {
        Range::Day => (3, 6),
        Range::Week | Range::Month => (4, 8),
        Range::All => (8, 16),
    };
    let last = buckets.len().saturating_sub(1);
    buckets.iter().enumerate().filter_map(move |(index, bucket)| {
        let back = last - index;
        let text = match range {
            Range::Day => bucket.start.time_of_day(),
            Range::Week | Range::Month | Range::All => bucket.start.day_and_month(),
        };
        back.is_multiple_of(every)
            .then(|| (index, text, back.is_multiple_of(narrow)))
    })
}

/// The chart in words, for screen readers.
pub(super) fn in_words(range: Range, buckets: &[Bucket]) -> String {
    let total: Outcomes = buckets.iter().map(|bucket| bucket.counts).sum();
    let mut most: Option<&Bucket> = None;
    for bucket in buckets {
        if most.is_none_or(|most| bucket.counts.total() > most.counts.total()) {
            most = Some(bucket);
        }
    }
    let Some(most) = most.filter(|most| most.counts.total() > 0) else {
        return format!("{}: no requests.", range.title());
    };
    format!(
        "{}: {}. Most of them, {}, in {} UTC.",
        range.title(),
        describe_counts(&total),
        grouped(most.counts.total()),
        range.in_words(most.start, most.end),
    )
}

/// Counts in words, such as `1,204 requests: 1,200 allowed, 4 rate limited`.
pub(super) fn describe_counts(counts: &Outcomes) -> String {
    let requests = match counts.total() {
        0 => return "no requests".to_owned(),
        1 => "1 request".to_owned(),
        total => format!("{} requests", grouped(total)),
    };
    let there = RequestOutcome::ALL
        .into_iter()
        .filter(|outcome| counts.of(*outcome) > 0);
    let each: Vec<String> = there
        .map(|outcome| {
            format!(
                "{} {}",
                grouped(counts.of(outcome)),
                outcome.title().to_ascii_lowercase()
            )
        })
        .collect();
    format!("{requests}: {}", each.join(", "))
}

/// A number of steps out of `count`, as a percentage of the width.
#[expect(clippy::cast_precision_loss, reason = "some sixty steps")]
fn share(steps: usize, count: usize, part: f64) -> String {
    format!("{:.3}%", (steps as f64 + part) * 100.0 / count.max(1) as f64)
}

fn pixels(length: f64) -> String {
    format!("{length:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::{HOUR, Timestamp};

    fn buckets(counts: &[(RequestOutcome, u64)]) -> Vec<Bucket> {
        let start = Timestamp(1_795_323_600_000); // 2026-11-22T05:00:00Z
        let mut last = Outcomes::default();
        for (outcome, count) in counts {
            last.add(*outcome, *count);
        }
        let bucket = |back: i64| Bucket {
            start: start.plus(-back * HOUR),
            end: start.plus((1 - back) * HOUR),
            counts: if back == 0 { last } else { Outcomes::default() },
        };
        (0..24).rev().map(bucket).collect()
    }

    #[test]
    fn the_chart_is_described_in_words() {
        let told = in_words(
            Range::Day,
            &buckets(&[(RequestOutcome::Allowed, 1_200), (RequestOutcome::RateLimited, 4)]),
        );
        assert_eq!(
            told,
            "Last 24 hours: 1,204 requests: 1,200 allowed, 4 rate limited. \
             Most of them, 1,204, in 22 Nov, 05:00–06:00 UTC."
        );
        assert_eq!(in_words(Range::Day, &buckets(&[])), "Last 24 hours: no requests.");
    }

    #[test]
    fn parts_are_stacked_and_the_smallest_can_be_seen() {
        let counts = buckets(&[(RequestOutcome::Allowed, 1_000), (RequestOutcome::UnknownKey, 1)])[23].counts;
        let parts = parts(&counts, Scale::up_to(1_001), 150.0);
        assert_eq!(parts.len(), 2);
        let (allowed, unknown) = (parts[0], parts[1]);
        assert_eq!(
            (allowed.0, unknown.0),
            (RequestOutcome::Allowed, RequestOutcome::UnknownKey)
        );
        assert!(
            (allowed.1 + allowed.2 + 1.0 - (TOP + 150.0)).abs() < 0.01,
            "{allowed:?}"
        );
        assert!((unknown.2 - LEAST).abs() < 0.01 && (unknown.1 + LEAST - allowed.1).abs() < 0.01);
    }

    #[test]
    fn the_present_step_has_a_text() {
        let words: Vec<(usize, String, bool)> = labels(Range::Day, &buckets(&[])).collect();
        assert_eq!(words.len(), 8);
        assert_eq!(words[7], (23, "05:00".to_owned(), true));
        assert_eq!(words.iter().filter(|(.., narrow)| *narrow).count(), 4);
    }
}
