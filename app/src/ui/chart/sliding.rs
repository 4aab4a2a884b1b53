//! The chart of one key or customer: what was allowed and what was refused. Pointing at a bar, or going to it by keyboard, shows its
//! values in the legend at once. Without scripts, browsers show the values of a bar as its title.

use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome};

use super::words::{describe_counts, describe_outcomes, period, running, shows_local_steps};
use super::{Chart, Layout, Parts};
use crate::ui::number::grouped;

const LAYOUT: Layout = Layout {
    parts: Parts::AllowedAndRefused,
    above: 8,
    height: 132,
    below: 24,
    side: 12,
};

#[component]
pub(crate) fn SlidingChart(
    range: Range,
    buckets: Vec<Bucket>,
    now: Timestamp,
    /// The beginning of the ids of the chart's title and description.
    id: &'static str,
) -> impl IntoView {
    let last = buckets.len().saturating_sub(1);
    let running = running(&buckets, now);
    let is_local = shows_local_steps(range);
    // The step whose values are shown; `None` for all steps.
    let chosen = RwSignal::new(None::<usize>);
    let steps = StoredValue::new(buckets.clone());
    let values = move || {
        let (chosen, is_local) = (chosen.get(), is_local.get());
        steps.with_value(|steps| match chosen.and_then(|index| steps.get(index)) {
            Some(step) => (period(range, step, running == chosen, is_local), step.counts),
            None => (range.title(), steps.iter().map(|step| step.counts).sum()),
        })
    };
    let in_words = move || {
        let (when, counts) = values();
        format!("{when}: {}", describe_counts(&counts))
    };
    view! {
        <div class="request-bars">
            <Chart layout=LAYOUT range buckets now is_local id chosen/>
            <Slider range last chosen in_words=Signal::derive(in_words)/>
        </div>
        {move || {
            let (when, counts) = values();
            view! { <Legend when counts/> }
        }}
    }
}

/// A slider over the bars, which nobody sees: a pointer, a thumb or the arrow keys choose a bar with it.
#[component]
fn Slider(range: Range, last: usize, chosen: RwSignal<Option<usize>>, in_words: Signal<String>) -> impl IntoView {
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
fn Legend(when: String, counts: Outcomes) -> impl IntoView {
    // The first outcome is `Allowed`.
    let [_, refusals @ ..] = RequestOutcome::ALL;
    let reasons = describe_outcomes(&counts, &refusals).join(", ");
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
                {(!reasons.is_empty()).then(|| view! { <span class="dim">{format!(" ({reasons})")}</span> })}
            </span>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_names_the_reasons() {
        let mut counts = Outcomes::default();
        counts.add(RequestOutcome::Allowed, 1_200);
        counts.add(RequestOutcome::RateLimited, 4);
        let html = view! { <Legend when="Last 24 hours".to_owned() counts/> }.to_html();
        for words in ["Last 24 hours", "Allowed 1,200", "Refused 4", "(4 rate limited)"] {
            assert!(html.contains(words), "{words}: {html}");
        }
    }
}
