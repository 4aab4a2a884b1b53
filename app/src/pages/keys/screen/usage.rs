//! A chart of the requests with the key in the last 30 days.

use leptos::prelude::*;
use model::key_page::KeyDetails;
use model::usage::{Outcomes, Range, UsageQuery};

use crate::pages::usage::address::usage_link;
use crate::pages::usage::chart::Chart;

/// The height of the bars, in pixels.
const HEIGHT: u16 = 96;

#[component]
pub(super) fn Usage(key: KeyDetails) -> impl IntoView {
    let total: Outcomes = key.usage.iter().map(|bucket| bucket.counts).sum();
    (total.total() > 0).then(|| {
        let query = UsageQuery {
            range: Range::Month.slug().to_owned(),
            key: key.row.id.to_string(),
            ..UsageQuery::default()
        };
        view! {
            <section class="card card--list" aria-labelledby="usage">
                <div class="card__head">
                    <h2 id="usage">"Last 30 days"</h2>
                    <a href=usage_link("/usage", &query)>
                        "Usage"
                        <span class="vh">{format!(" of {}", key.row.name)}</span>
                    </a>
                </div>
                <Chart range=Range::Month buckets=key.usage id="key-usage" height=HEIGHT/>
            </section>
        }
    })
}
