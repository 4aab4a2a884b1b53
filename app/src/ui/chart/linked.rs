//! The chart of a report. Each bar shows its values beside it at once, on hover, focus and touch, and may lead to a closer look. The
//! bars that a person points at are HTML over the picture, whose texts would otherwise come late and only under a pointer.

use js_sys::Reflect;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Bucket, Range, RequestOutcome};

use super::words::{describe_step, requests, running, shows_local_steps, step_in_words};
use super::{Chart, Layout, Parts, slots};
use crate::ui::number::grouped;

const LAYOUT: Layout = Layout {
    parts: Parts::Outcomes,
    above: 10,
    height: 224,
    below: 26,
    side: 18,
};

#[component]
pub(crate) fn LinkedChart(
    range: Range,
    /// Each step, and the URL of a closer look at it.
    steps: Vec<(Bucket, Option<String>)>,
    now: Timestamp,
    /// The beginning of the ids of the chart's title and description.
    id: &'static str,
    /// The id of what follows the chart, to which the keyboard can skip.
    next: &'static str,
) -> impl IntoView {
    let buckets: Vec<Bucket> = steps.iter().map(|(bucket, _)| *bucket).collect();
    let running = running(&buckets, now);
    let empty = slots(&buckets) - buckets.len();
    let is_local = shows_local_steps(range);
    // The bar whose values a tap has shown. The next tap on it follows its link.
    let tapped = StoredValue::new(None::<usize>);
    let bars = steps.into_iter().enumerate().map(|(index, (bucket, href))| {
        let is_running = running == Some(index);
        let tap = move |event: MouseEvent| {
            if is_touch(&event) && tapped.get_value() != Some(index) {
                event.prevent_default();
                tapped.set_value(Some(index));
            }
        };
        let words = move || describe_step(range, &bucket, is_running, is_local.get());
        let values = view! { <Values range bucket is_running is_local leads=href.is_some()/> };
        match href {
            Some(href) => view! {
                <li>
                    <a class="bar" href=href aria-label=words on:click=tap>
                        {values}
                    </a>
                </li>
            }
            .into_any(),
            None => view! {
                <li>
                    <span class="bar" tabindex="0" role="img" aria-label=words>
                        {values}
                    </span>
                </li>
            }
            .into_any(),
        }
    });
    let bars = bars.collect_view();
    view! {
        <div class="chart-frame">
            <Chart layout=LAYOUT range buckets now is_local id/>
            <a class="vh bars__skip" href=format!("#{next}")>
                "Skip the bars"
            </a>
            <ol class="bars" role="list" aria-label=format!("Requests by {}", range.step())>
                {bars}
                {(0..empty).map(|_| view! { <li aria-hidden="true"></li> }).collect_view()}
            </ol>
            <span class="bars__end" hidden></span>
        </div>
    }
}

/// What stands beside a bar: its time, the total, and each outcome that occurred.
#[component]
fn Values(range: Range, bucket: Bucket, is_running: bool, is_local: RwSignal<bool>, leads: bool) -> impl IntoView {
    let counts = bucket.counts;
    let there = RequestOutcome::ALL
        .into_iter()
        .filter(|outcome| counts.of(*outcome) > 0);
    let total = match counts.total() {
        0 => "No requests".to_owned(),
        total => requests(total),
    };
    view! {
        <span class="bar__values" aria-hidden="true">
            <strong>{move || step_in_words(range, &bucket, is_local.get())}</strong>
            {is_running.then(|| view! { <span class="dim">"so far"</span> })}
            <span>{total}</span>
            {there
                .map(|outcome| {
                    view! {
                        <span class="bar__value">
                            <span class=format!("dot outcome--{}", outcome.slug())></span>
                            {outcome.title()}
                            <span class="num">{grouped(counts.of(outcome))}</span>
                        </span>
                    }
                })
                .collect_view()}
            {leads.then(|| view! { <span class="dim">"Select to look closer"</span> })}
        </span>
    }
}

/// Whether a click is a tap. A finger cannot hover, so the first tap shows what hovering would.
fn is_touch(event: &MouseEvent) -> bool {
    let kind = Reflect::get(event, &"pointerType".into()).ok();
    kind.and_then(|kind| kind.as_string())
        .is_some_and(|kind| kind == "touch")
}
