//! The chart: a bar for each step of the range, stacked by outcome. The server draws it.
//!
//! Widths are percentages and heights are pixels, so that the chart fills its place while its texts keep their size. It has no
//! inline styles, since the Content-Security-Policy of the page refuses them.

use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome, Step};

use super::scale::{Scale, short};
use crate::ui::number::grouped;

/// Heights in pixels: the space above the bars for the highest label, and the space below them for the texts.
const TOP: f64 = 10.0;
const BELOW: f64 = 26.0;
/// The share of the width of a step that its bar takes.
const BAR: f64 = 0.64;
/// The least height of a bar, so that even one request can be seen.
const LEAST: f64 = 2.0;
/// The least number of steps in the width of a chart, so that a few bars stay bars.
const FEWEST: usize = 12;

#[component]
pub(super) fn Chart(
    range: Range,
    buckets: Vec<Bucket>,
    /// The beginning of the ids of the chart's title and description.
    id: &'static str,
    /// The height of the bars, in pixels.
    height: u16,
    /// When the requests were counted. A range of days needs it to tell whether its last step is over.
    #[prop(optional)]
    now: Option<Timestamp>,
) -> impl IntoView {
    let running = running(range, &buckets, now);
    let (title, description) = (format!("{id}-title"), format!("{id}-description"));
    let (labelled, described) = (title.clone(), description.clone());
    let largest = buckets.iter().map(|bucket| bucket.counts.total()).max();
    let scale = Scale::up_to(largest.unwrap_or_default());
    let height = f64::from(height);
    let all = TOP + height + BELOW;
    let words = in_words(range, &buckets, running.is_some());
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
    let count = slots(&buckets);
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
            let is_running = running == Some(index);
            let text = describe_step(range, &bucket, is_running);
            let class = if is_running { "chart__step chart__step--running" } else { "chart__step" };
            view! {
                <g class=class>
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

/// The step that is not over yet.
pub(super) fn running(range: Range, buckets: &[Bucket], now: Option<Timestamp>) -> Option<usize> {
    let last = buckets.last()?;
    // Ranges without days end now.
    let is_running = now.map_or_else(|| range.days().is_none(), |now| last.end > now);
    is_running.then(|| buckets.len() - 1)
}

/// In how many steps the width of the chart is divided.
pub(super) fn slots(buckets: &[Bucket]) -> usize {
    buckets.len().max(FEWEST)
}

/// The steps that have a text below them, and whether narrow screens show that text, too.
pub(super) fn labels(range: Range, buckets: &[Bucket]) -> impl Iterator<Item = (usize, String, bool)> {
    let is_long = buckets.len() > 30;
    // The number of steps from one text to the next.
    let (every, narrow) = match range.steps() {
        Step::Hour if is_long => (6, 12),
        Step::Hour => (3, 6),
        Step::Day | Step::Week if is_long => (8, 16),
        Step::SixHours | Step::Day | Step::Week => (4, 8),
    };
    let is_by_hour = range.steps() == Step::Hour;
    // A range of days begins with a text, and one that ends now ends with a text.
    let begins = range.days().is_some();
    let last = buckets.len().saturating_sub(1);
    buckets.iter().enumerate().filter_map(move |(index, bucket)| {
        let distance = if begins { index } else { last - index };
        let text = if is_by_hour {
            bucket.start.time_of_day()
        } else {
            bucket.start.day_and_month()
        };
        distance
            .is_multiple_of(every)
            .then(|| (index, text, distance.is_multiple_of(narrow)))
    })
}

/// The chart in words, for screen readers.
pub(super) fn in_words(range: Range, buckets: &[Bucket], is_running: bool) -> String {
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
    let mut words = format!(
        "{}: {}. Most of them, {}, in {} UTC.",
        range.title(),
        describe_counts(&total),
        grouped(most.counts.total()),
        range.in_words(most.start, most.end),
    );
    if is_running {
        words.push_str(" The last bar is not over yet.");
    }
    words
}

/// A bar in words: `22 Nov, 05:00–06:00 UTC, so far: 4 requests: 4 allowed`.
pub(super) fn describe_step(range: Range, bucket: &Bucket, is_running: bool) -> String {
    let when = range.in_words(bucket.start, bucket.end);
    let so_far = if is_running { ", so far" } else { "" };
    format!("{when} UTC{so_far}: {}", describe_counts(&bucket.counts))
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
mod tests;
