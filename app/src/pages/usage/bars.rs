//! The bars of the chart as things to point at: each shows its values at once on hover, focus and touch, and leads to the days in it by
//! shorter steps. They are HTML over the picture, whose texts would otherwise come late and only under a pointer.

use js_sys::Reflect;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome, UsageQuery, UsageReport};

use super::address::{in_range, usage_link};
use super::chart::{describe_step, running, slots};
use crate::ui::number::grouped;

/// The bars, each over its place in the picture.
#[component]
pub(super) fn Bars(report: UsageReport, query: UsageQuery) -> impl IntoView {
    let UsageReport {
        range, buckets, now, ..
    } = report;
    let running = running(range, &buckets, Some(now));
    let empty = slots(&buckets) - buckets.len();
    // The bar whose values a tap has shown. The next tap on it follows its link.
    let tapped = StoredValue::new(None::<usize>);
    let bars = buckets.into_iter().enumerate().map(move |(index, bucket)| {
        let days = range.zoom(bucket.start, bucket.end);
        let href = days.map(|days| usage_link("/usage", &in_range(&query, days)));
        let tap = move |event: MouseEvent| {
            if is_touch(&event) && tapped.get_value() != Some(index) {
                event.prevent_default();
                tapped.set_value(Some(index));
            }
        };
        let words = describe_step(range, &bucket, running == Some(index));
        let values = view! { <Values range bucket is_running=running == Some(index) leads=href.is_some()/> };
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
    view! {
        <a class="vh bars__skip" href="#by-endpoint">
            "Skip the bars"
        </a>
        <ol class="bars" role="list" aria-label=format!("Requests by {}", range.step())>
            {bars.collect_view()}
            {(0..empty).map(|_| view! { <li aria-hidden="true"></li> }).collect_view()}
        </ol>
    }
}

/// What stands beside a bar: its time, the total, and each outcome that occurred.
#[component]
fn Values(range: Range, bucket: Bucket, is_running: bool, leads: bool) -> impl IntoView {
    let Bucket { start, end, counts } = bucket;
    let there = RequestOutcome::ALL
        .into_iter()
        .filter(|outcome| counts.of(*outcome) > 0);
    view! {
        <span class="bar__values" aria-hidden="true">
            <strong>{range.in_words(start, end)} " UTC"</strong>
            {is_running.then(|| view! { <span class="dim">"so far, not over yet"</span> })}
            <span>{total_in_words(&counts)}</span>
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

fn total_in_words(counts: &Outcomes) -> String {
    match counts.total() {
        0 => "No requests".to_owned(),
        1 => "1 request".to_owned(),
        total => format!("{} requests", grouped(total)),
    }
}

/// Whether a click is a tap. A finger cannot hover, so the first tap shows what hovering would.
fn is_touch(event: &MouseEvent) -> bool {
    let kind = Reflect::get(event, &"pointerType".into()).ok();
    kind.and_then(|kind| kind.as_string())
        .is_some_and(|kind| kind == "touch")
}
