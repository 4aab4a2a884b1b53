//! The chart of one key or customer: a bar for each step of the range, with what was allowed and what was refused. Pointing at a bar,
//! or going to it by keyboard, shows its values below the chart at once.
//!
//! The server draws it without inline styles, which the Content-Security-Policy refuses. Widths are percentages. Without scripts,
//! browsers show the values of a bar as its title.

use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome};

use super::chart::{describe_counts, in_words, labels};
use super::scale::{Scale, short};
use crate::ui::number::grouped;

/// Heights in pixels: of the bars, of the space above them, and of the space below them for the texts.
const HEIGHT: u64 = 132;
const TOP: u64 = 8;
const BELOW: u64 = 24;
const ALL: u64 = TOP + HEIGHT + BELOW;
/// Where the texts below the bars stand.
const LABELS: u64 = TOP + HEIGHT + 20;
/// The least height of a part of a bar, so that even one request can be seen.
const LEAST: u64 = 2;
/// A step has this many parts of its width beside its bar, on each side, out of a hundred.
const SIDE: u64 = 12;
const WIDTH: u64 = 100 - 2 * SIDE;

#[component]
pub(super) fn RequestBars(
    range: Range,
    buckets: Vec<Bucket>,
    now: Timestamp,
    /// The beginning of the ids of the chart's title and description.
    id: &'static str,
) -> impl IntoView {
    let count = buckets.len() as u64;
    let last = buckets.len().saturating_sub(1);
    let scale = Scale::up_to(
        buckets
            .iter()
            .map(|bucket| bucket.counts.total())
            .max()
            .unwrap_or_default(),
    );
    let top = scale.lines().last().unwrap_or(1).max(1);
    let (title, description) = (format!("{id}-title"), format!("{id}-description"));
    let (labelled, described) = (title.clone(), description.clone());
    let words = in_words(range, &buckets, buckets.last().is_some_and(|last| last.end > now));
    // The step whose values are shown; `None` for all steps.
    let chosen = RwSignal::new(None::<usize>);
    let (lines, labels) = (lines(scale, top), texts(range, &buckets));
    let bars = buckets.iter().enumerate().map(|(index, bucket)| {
        let hit = move || {
            if chosen.get() == Some(index) {
                "chart__hit chart__hit--on"
            } else {
                "chart__hit"
            }
        };
        let class = if bucket.end > now {
            "request-bars__bar request-bars__bar--partial"
        } else {
            "request-bars__bar"
        };
        view! {
            <g class="chart__step">
                <title>{format!("{}: {}", period(range, bucket, now), describe_counts(&bucket.counts))}</title>
                <rect class=hit x=share(index, count, 0) y=TOP width=share(1, count, 0) height=HEIGHT></rect>
                <g class=class>
                    {parts(&bucket.counts, top)
                        .into_iter()
                        .map(|(refused, y, height)| {
                            view! {
                                <rect
                                    class=if refused { "request-bars--refused" } else { "request-bars--allowed" }
                                    x=share(index, count, SIDE)
                                    y=y
                                    width=share(0, count, WIDTH)
                                    height=height
                                ></rect>
                            }
                        })
                        .collect_view()}
                </g>
            </g>
        }
    });
    let bars = bars.collect_view();
    let buckets = StoredValue::new(buckets);
    let values = move || {
        buckets.with_value(|buckets| match chosen.get().and_then(|index| buckets.get(index)) {
            Some(bucket) => (period(range, bucket, now), bucket.counts),
            None => (range.title().clone(), buckets.iter().map(|bucket| bucket.counts).sum()),
        })
    };
    let in_words = move || {
        let (when, counts) = values();
        format!("{when}: {}", describe_counts(&counts))
    };
    view! {
        <div class="request-bars">
            <svg
                class="chart"
                role="img"
                aria-labelledby=labelled
                aria-describedby=described
                width="100%"
                height=ALL
                focusable="false"
            >
                <title id=title>{format!("Requests by {}", range.step())}</title>
                <desc id=description>{words}</desc>
                {lines}
                {bars}
                {labels}
            </svg>
            <Pointer range last chosen in_words=Signal::derive(in_words)/>
        </div>
        {move || {
            let (when, counts) = values();
            view! { <Values when counts/> }
        }}
    }
}

/// The lines behind the bars, with their values.
fn lines(scale: Scale, top: u64) -> impl IntoView {
    let lines = scale.lines().map(|value| {
        let y = TOP + HEIGHT - value * HEIGHT / top;
        let below = y + 4;
        let class = if value == 0 { "chart__base" } else { "chart__line" };
        view! {
            <line class=class x1="0" x2="100%" y1=y y2=y></line>
            <text class="chart__label" x="-10" y=below text-anchor="end">
                {short(value)}
            </text>
        }
    });
    lines.collect_view()
}

/// The texts below the bars.
fn texts(range: Range, buckets: &[Bucket]) -> impl IntoView + use<> {
    let texts = labels(range, buckets).map(|(index, text, also_narrow)| {
        let class = if also_narrow {
            "chart__label"
        } else {
            "chart__label chart__label--wide"
        };
        view! {
            <text class=class x=share(index, buckets.len() as u64, 50) y=LABELS text-anchor="middle">
                {text}
            </text>
        }
    });
    texts.collect_view()
}

/// A slider over the bars, which nobody sees: a pointer, a thumb or the arrow keys choose a bar with it.
#[component]
fn Pointer(range: Range, last: usize, chosen: RwSignal<Option<usize>>, in_words: Signal<String>) -> impl IntoView {
    // Where a pointer is over the bars, its place counts and not the slider's own value, which is a little beside it.
    let pointing = StoredValue::new(false);
    let point = move |event: web_sys::PointerEvent| {
        let width = event_target::<web_sys::HtmlElement>(&event).offset_width().max(1);
        let steps = i32::try_from(last + 1).unwrap_or(i32::MAX);
        let index = event.offset_x().max(0).saturating_mul(steps) / width;
        pointing.set_value(true);
        chosen.set(Some(usize::try_from(index).unwrap_or_default().min(last)));
    };
    view! {
        <input
            class="request-bars__pointer needs-scripts"
            type="range"
            min="0"
            max=last.to_string()
            step="1"
            value=last.to_string()
            prop:value=move || chosen.get().unwrap_or(last).to_string()
            aria-label=format!("Requests by {}", range.step())
            aria-valuetext=in_words
            on:pointermove=point
            on:pointerdown=point
            on:pointerout=move |event| {
                pointing.set_value(false);
                // A thumb that was lifted leaves the values there.
                if event.pointer_type() != "touch" {
                    chosen.set(None);
                }
            }
            on:keydown=move |_| pointing.set_value(false)
            on:input=move |event| {
                if !pointing.get_value() {
                    chosen.set(event_target_value(&event).parse().ok());
                }
            }
            on:focusin=move |_| {
                if chosen.get_untracked().is_none() {
                    chosen.set(Some(last));
                }
            }
            on:focusout=move |_| chosen.set(None)
        />
    }
}

/// The legend, with the values of a step or of all steps.
#[component]
fn Values(when: String, counts: Outcomes) -> impl IntoView {
    let reasons: Vec<String> = RequestOutcome::ALL
        .into_iter()
        .filter(|outcome| *outcome != RequestOutcome::Allowed && counts.of(*outcome) > 0)
        .map(|outcome| {
            format!(
                "{} {}",
                grouped(counts.of(outcome)),
                outcome.title().to_ascii_lowercase()
            )
        })
        .collect();
    view! {
        <p class="request-bars__values num">
            <span class="request-bars__when">{when}</span>
            <span>
                <span class="dot request-bars--allowed"></span>
                {format!("Allowed {}", grouped(counts.of(RequestOutcome::Allowed)))}
            </span>
            <span>
                <span class="dot request-bars--refused"></span>
                {format!("Refused {}", grouped(counts.refused()))}
                {(!reasons.is_empty()).then(|| view! { <span class="dim">{format!(" ({})", reasons.join(", "))}</span> })}
            </span>
        </p>
    }
}

/// The step in words, and whether it is over.
fn period(range: Range, bucket: &Bucket, now: Timestamp) -> String {
    let words = range.in_words(bucket.start, bucket.end);
    let rest = if bucket.end > now { ", not over yet" } else { "" };
    format!("{words} UTC{rest}")
}

/// The parts of a bar, from the base up: whether it was refused, distance from the top, and height. There is a gap of one pixel
/// between them.
fn parts(counts: &Outcomes, top: u64) -> Vec<(bool, u64, u64)> {
    let mut base = TOP + HEIGHT;
    let mut parts = Vec::new();
    for (refused, requests) in [(false, counts.of(RequestOutcome::Allowed)), (true, counts.refused())] {
        if requests == 0 {
            continue;
        }
        let height = requests.saturating_mul(HEIGHT) / top;
        let height = height.max(LEAST);
        base = base.saturating_sub(height);
        let gap = u64::from(height > 2 * LEAST);
        parts.push((refused, base, height - gap));
    }
    parts
}

/// A number of steps out of `count`, and a part of one out of a hundred, as a percentage of the width.
fn share(steps: impl TryInto<u64>, count: u64, part: u64) -> String {
    let steps = steps.try_into().unwrap_or_default();
    let thousandths = (steps * 100 + part) * 1_000 / count.max(1);
    format!("{}.{:03}%", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::HOUR;

    fn counts(allowed: u64, refused: u64) -> Outcomes {
        let mut counts = Outcomes::default();
        counts.add(RequestOutcome::Allowed, allowed);
        counts.add(RequestOutcome::RateLimited, refused);
        counts
    }

    #[test]
    fn a_bar_is_stacked_and_its_smallest_part_can_be_seen() {
        assert!(parts(&counts(0, 0), 10).is_empty());
        assert_eq!(parts(&counts(10, 0), 10), [(false, TOP, HEIGHT - 1)]);
        let both = parts(&counts(5_000, 1), 5_000);
        assert_eq!(both[0], (false, TOP, HEIGHT - 1));
        assert_eq!((both[1].0, both[1].2), (true, LEAST));
    }

    #[test]
    fn bars_fill_the_width() {
        assert_eq!(share(0_usize, 24, SIDE), "0.500%");
        assert_eq!(share(24_usize, 24, 0), "100.000%");
        assert_eq!(share(1_usize, 30, 0), "3.333%");
    }

    #[test]
    fn the_step_that_is_running_says_so() {
        let start = Timestamp(1_795_323_600_000);
        let bucket = Bucket {
            start,
            end: start.plus(HOUR),
            counts: counts(1, 0),
        };
        assert_eq!(
            period(Range::Day, &bucket, start.plus(1)),
            "22 Nov, 05:00–06:00 UTC, not over yet"
        );
        assert_eq!(period(Range::Day, &bucket, start.plus(HOUR)), "22 Nov, 05:00–06:00 UTC");
    }

    #[test]
    fn the_legend_names_the_reasons() {
        let html = view! { <Values when="Last 24 hours".to_owned() counts=counts(1_200, 4)/> }.to_html();
        for words in ["Last 24 hours", "Allowed 1,200", "Refused 4", "4 rate limited"] {
            assert!(html.contains(words), "{words}: {html}");
        }
    }
}
