//! The numbers of the chart as a table.

use leptos::prelude::*;
use model::usage::{Bucket, Outcomes, Range, RequestOutcome, UsageQuery};

use super::address::zoom_link;
use crate::ui::chart::words::shows_local_steps;
use crate::ui::day::on_clock;
use crate::ui::number::grouped;

/// The table of requests over time, latest first.
#[component]
pub(super) fn OverTime(
    range: Range,
    buckets: Vec<Bucket>,
    query: UsageQuery,
    /// Whether the last step is not over yet.
    is_running: bool,
) -> impl IntoView {
    let total: Outcomes = buckets.iter().map(|bucket| bucket.counts).sum();
    let is_local = shows_local_steps(range);
    view! {
        <div class="usage-section">
            <div class="page-head page-head--section">
                <div>
                    <h2 id="over-time">{format!("By {}", range.step())}</h2>
                    <p>
                        {move || if is_local.get() { "Times are in your time zone." } else { "Times are in UTC." }}
                    </p>
                </div>
            </div>
            <div class="table-card" tabindex="0" role="region" aria-labelledby="over-time">
                <table class="table table--numbers">
                    <thead>
                        <tr>
                            <th scope="col">{move || if is_local.get() { "Time" } else { "Time (UTC)" }}</th>
                            {RequestOutcome::ALL.map(|outcome| view! { <th scope="col">{outcome.title()}</th> }).collect_view()}
                            <th scope="col">"Total"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {buckets
                            .into_iter()
                            .rev()
                            .enumerate()
                            .map(move |(index, bucket)| {
                                let Bucket { start, end, .. } = bucket;
                                let words = move || {
                                    let is_local = is_local.get();
                                    range.in_words(on_clock(start, is_local), on_clock(end, is_local))
                                };
                                // The same link as the bar's, and wide enough for a thumb.
                                let when = match zoom_link(range, &bucket, &query) {
                                    Some(href) => {
                                        view! {
                                            <a class="quiet-link" href=href>
                                                {words}
                                            </a>
                                        }
                                            .into_any()
                                    }
                                    None => words.into_any(),
                                };
                                view! {
                                    <tr>
                                        <th scope="row">
                                            <time datetime=bucket.start.rfc3339()>
                                                {when}
                                            </time>
                                            {(is_running && index == 0).then(|| view! { <span class="sub">"so far"</span> })}
                                        </th>
                                        <Cells counts=bucket.counts/>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                    <tfoot>
                        <tr>
                            <th scope="row">{range.title()}</th>
                            <Cells counts=total/>
                        </tr>
                    </tfoot>
                </table>
            </div>
        </div>
    }
}

#[component]
fn Cells(counts: Outcomes) -> impl IntoView {
    let cell = |count: u64| {
        let class = if count == 0 { "dim" } else { "" };
        view! { <td class=class>{grouped(count)}</td> }
    };
    view! {
        {RequestOutcome::ALL.map(|outcome| cell(counts.of(outcome))).collect_view()}
        {cell(counts.total())}
    }
}
