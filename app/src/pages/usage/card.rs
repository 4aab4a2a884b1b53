//! The requests of one key or one customer, as a card on its screen: their number, the chart, and the ways to other ranges.

use leptos::prelude::*;
use model::time::Timestamp;
use model::usage::{Bucket, Outcomes, Range, UsageQuery};

use super::address::usage_link;
use crate::ui::chart::sliding::SlidingChart;
use crate::ui::number::grouped;

/// The ranges that a card offers, and the words on their links.
pub(crate) const RANGES: [(Range, &str); 3] = [(Range::Day, "24 h"), (Range::Week, "7 d"), (Range::Month, "30 d")];

#[component]
pub(crate) fn RequestsCard(
    /// The name of the key or customer.
    name: String,
    /// What the screen Usage shows of it.
    query: UsageQuery,
    range: Range,
    buckets: Vec<Bucket>,
    now: Timestamp,
    /// What follows the number of requests.
    #[prop(optional_no_strip)]
    about: Option<AnyView>,
    /// Links to the ranges, with their words; none on a screen that has only one.
    #[prop(default = Vec::new())]
    ranges: Vec<(Range, &'static str, String)>,
) -> impl IntoView {
    let total = buckets.iter().map(|bucket| bucket.counts).sum::<Outcomes>().total();
    let query = UsageQuery {
        range: range.slug().to_owned(),
        ..query
    };
    let ranges = (!ranges.is_empty()).then(|| {
        let link = |(other, words, href): (Range, &'static str, String)| {
            view! {
                <a class="range" href=href aria-current=(other == range).then_some("true") aria-label=other.title()>
                    {words}
                </a>
            }
        };
        view! {
            <nav class="ranges" aria-label="Range">
                {ranges.into_iter().map(link).collect_view()}
            </nav>
        }
    });
    let chart = if total == 0 {
        let words = format!("No requests in the {}.", range.title().to_ascii_lowercase());
        view! { <p class="request-bars__none">{words}</p> }.into_any()
    } else {
        view! { <SlidingChart range buckets now id="requests"/> }.into_any()
    };
    view! {
        <section class="card card--list" aria-labelledby="usage">
            <div class="card__head card__head--requests">
                <h2 id="usage">"Requests"</h2>
                <strong class="requests__total num">{grouped(total)}</strong>
                <span class="requests__about">{about}</span>
                {ranges}
            </div>
            {chart}
            <p class="requests__more">
                <a href=usage_link("/usage", &query)>
                    "Usage"
                    <span class="vh">" of " {name}</span>
                </a>
            </p>
        </section>
    }
}
