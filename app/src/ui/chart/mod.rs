//! Charts of requests: a bar for each step of a range, stacked. The server draws them.
//!
//! A person reads the values of a bar beside it ([`linked`]) or in the legend ([`sliding`]). Home has a chart of its own without an
//! axis, whose bars are stacked as these are ([`stack`]).

pub(crate) mod linked;
mod scale;
pub(crate) mod sliding;
pub(crate) mod stack;
pub(crate) mod words;

use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome};

use self::scale::{Scale, short};
use self::stack::{pixels, stack};
use self::words::{describe_step, in_words, label, labels, running};

/// The least number of steps in the width of a chart, so that a few bars stay bars.
const FEWEST: usize = 12;
/// How far below the bars the texts stand, in pixels.
const LABELS: u64 = 20;

/// How a chart is drawn.
#[derive(Clone, Copy, Debug)]
struct Layout {
    parts: Parts,
    /// Heights in pixels: the space above the bars for the highest label, the bars, and the space below them for the texts. What lies
    /// over the bars keeps the same distances, in the style sheet.
    above: u64,
    height: u64,
    below: u64,
    /// How much of a step's width is free on each side of its bar, in hundredths.
    side: u64,
}

/// The parts of a bar.
#[derive(Clone, Copy, Debug)]
enum Parts {
    /// One for each outcome.
    Outcomes,
    /// What was allowed and what was refused.
    AllowedAndRefused,
}

impl Parts {
    /// The class of each part, and its requests. The lowest part comes first.
    fn of(self, counts: &Outcomes) -> Vec<(String, u64)> {
        let allowed = RequestOutcome::Allowed;
        match self {
            Self::Outcomes => RequestOutcome::ALL
                .into_iter()
                .map(|outcome| (format!("chart__bar outcome--{}", outcome.slug()), counts.of(outcome)))
                .collect(),
            Self::AllowedAndRefused => vec![
                ("request-bars--allowed".to_owned(), counts.of(allowed)),
                ("request-bars--refused".to_owned(), counts.refused()),
            ],
        }
    }

    /// The classes of a step and of its bar.
    const fn classes(self, is_running: bool) -> (&'static str, Option<&'static str>) {
        match (self, is_running) {
            (Self::Outcomes, false) => ("chart__step", None),
            (Self::Outcomes, true) => ("chart__step chart__step--running", None),
            (Self::AllowedAndRefused, false) => ("chart__step", Some("request-bars__bar")),
            (Self::AllowedAndRefused, true) => ("chart__step", Some("request-bars__bar request-bars__bar--partial")),
        }
    }
}

/// The picture: an axis, the bars, and texts below them. Widths are percentages and heights are pixels, so that the chart fills its
/// place while its texts keep their size. It has no inline styles, since the Content-Security-Policy of the page refuses them.
#[component]
fn Chart(
    layout: Layout,
    range: Range,
    buckets: Vec<Bucket>,
    now: Timestamp,
    /// Whether its times are in the person's own time zone, see [`words::shows_local_steps`].
    is_local: RwSignal<bool>,
    /// The beginning of the ids of the chart's title and description.
    id: &'static str,
    /// The step that is marked.
    #[prop(optional)]
    chosen: Option<RwSignal<Option<usize>>>,
) -> impl IntoView {
    let Layout {
        parts,
        above,
        height,
        below,
        side,
    } = layout;
    let (all, labels_at) = (above + height + below, above + height + LABELS);
    let running = running(&buckets, now);
    let (title, description) = (format!("{id}-title"), format!("{id}-description"));
    let (labelled, described) = (title.clone(), description.clone());
    let words = {
        let buckets = buckets.clone();
        move || in_words(range, &buckets, running.is_some(), is_local.get())
    };
    let largest = buckets.iter().map(|bucket| bucket.counts.total()).max();
    let scale = Scale::up_to(largest.unwrap_or_default());
    let (axis, labels) = (axis(scale, layout), texts(range, &buckets, layout, is_local));
    let (axis, labels) = (axis.collect_view(), labels.collect_view());
    let count = slots(&buckets);
    let bars = buckets.into_iter().enumerate().map(|(index, bucket)| {
        let is_running = running == Some(index);
        let (step_class, bar_class) = parts.classes(is_running);
        let hit_class = move || {
            if chosen.is_some_and(|chosen| chosen.get() == Some(index)) {
                "chart__hit chart__hit--on"
            } else {
                "chart__hit"
            }
        };
        let parts = stack(parts.of(&bucket.counts), scale.end(), height).into_iter();
        let parts = parts.map(|(class, top, high)| {
            let y = above + top;
            view! {
                <rect
                    class=class
                    x=share(index, count, side)
                    y=y
                    width=share(0, count, 100 - 2 * side)
                    height=high
                ></rect>
            }
        });
        view! {
            <g class=step_class>
                <title>{move || describe_step(range, &bucket, is_running, is_local.get())}</title>
                <rect class=hit_class x=share(index, count, 0) y=above width=share(1, count, 0) height=height></rect>
                <g class=bar_class>{parts.collect_view()}</g>
            </g>
        }
    });
    let bars = bars.collect_view();
    view! {
        <svg
            class="chart"
            role="img"
            aria-labelledby=labelled
            aria-describedby=described
            width="100%"
            height=all
            focusable="false"
        >
            <title id=title>{format!("Requests by {}", range.step())}</title>
            <desc id=description>{words}</desc>
            {axis}
            {bars}
            {labels}
            // What stands in the margin beside the times.
            <text class="chart__label" x="-16" y=labels_at text-anchor="end">
                {move || if is_local.get() { "" } else { "UTC" }}
            </text>
        </svg>
    }
}

/// The lines behind the bars, with their values.
fn axis(scale: Scale, layout: Layout) -> impl Iterator<Item = AnyView> {
    let Layout { above, height, .. } = layout;
    scale.lines().map(move |value| {
        let y = above + height - pixels(value, scale.end(), height);
        let middle = y + 4;
        let class = if value == 0 { "chart__base" } else { "chart__line" };
        view! {
            <line class=class x1="0" x2="100%" y1=y y2=y></line>
            <text class="chart__label" x="-10" y=middle text-anchor="end">
                {short(value)}
            </text>
        }
        .into_any()
    })
}

/// The texts below the bars.
fn texts(range: Range, buckets: &[Bucket], layout: Layout, is_local: RwSignal<bool>) -> impl Iterator<Item = AnyView> {
    let (count, y) = (slots(buckets), layout.above + layout.height + LABELS);
    labels(range, buckets).map(move |(index, start, also_narrow)| {
        let class = if also_narrow {
            "chart__label"
        } else {
            "chart__label chart__label--wide"
        };
        view! {
            <text class=class x=share(index, count, 50) y=y text-anchor="middle">
                {move || label(range, start, is_local.get())}
            </text>
        }
        .into_any()
    })
}

/// In how many steps the width of a chart is divided.
fn slots(buckets: &[Bucket]) -> usize {
    buckets.len().max(FEWEST)
}

/// A number of steps out of `count`, and hundredths of one more, as a percentage of the width.
fn share(steps: usize, count: usize, hundredths: u64) -> String {
    let thousandths = (steps as u64 * 100 + hundredths) * 1_000 / (count as u64).max(1);
    format!("{}.{:03}%", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_the_width() {
        assert_eq!(share(0, 24, 12), "0.500%");
        assert_eq!(share(24, 24, 0), "100.000%");
        assert_eq!(share(1, 30, 0), "3.333%");
    }

    #[test]
    fn each_request_is_in_one_part_of_its_bar() {
        let mut counts = Outcomes::default();
        for (requests, outcome) in (1..).zip(RequestOutcome::ALL) {
            counts.add(outcome, requests);
        }
        for (parts, expected) in [
            (Parts::Outcomes, vec![1, 2, 3, 4, 5, 6]),
            (Parts::AllowedAndRefused, vec![1, 20]),
        ] {
            let requests: Vec<u64> = parts.of(&counts).into_iter().map(|(_, requests)| requests).collect();
            assert_eq!(requests, expected, "{parts:?}");
        }
    }
}
