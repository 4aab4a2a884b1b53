//! The requests of the last 24 hours.

use std::cmp::Ordering;

use leptos::prelude::*;
use model::home::{Difference, Requests};

use super::hours::Hours;
use crate::ui::icon::{Icon, IconKind};
use crate::ui::number::grouped;

#[component]
pub(super) fn RequestsCard(requests: Requests, local: RwSignal<bool>) -> impl IntoView {
    view! {
        <section class="card requests" aria-labelledby="requests">
            <div class="requests__head">
                <div>
                    <h2 id="requests">"Requests, last 24 hours"</h2>
                    <p class="requests__total">
                        <strong>{grouped(requests.total())}</strong>
                        {requests.difference().map(|difference| view! { <Compared difference/> })}
                    </p>
                </div>
                <dl class="home-legend">
                    <div>
                        <dt>
                            <span class="dot home-legend__allowed"></span>
                            "Allowed"
                        </dt>
                        <dd class="num">{grouped(requests.allowed())}</dd>
                    </div>
                    <div>
                        <dt>
                            <span class="dot home-legend__refused"></span>
                            "Refused"
                        </dt>
                        <dd class="num">{grouped(requests.refused())}</dd>
                    </div>
                </dl>
                <a class="requests__more" href="/usage">
                    "Open usage"
                    <Icon kind=IconKind::ArrowRight/>
                </a>
            </div>
            <Hours hours=requests.hours local/>
        </section>
    }
}

/// The difference to the day before. Only hours that have ended are compared.
#[component]
fn Compared(difference: Difference) -> impl IntoView {
    let Difference { direction, percent } = difference;
    let percent = grouped(percent);
    let (short, long) = match direction {
        Ordering::Equal => (
            "as many as the day before".to_owned(),
            "About as many as in the same hours of the day before".to_owned(),
        ),
        Ordering::Greater => (
            format!("▲ {percent} % compared with the day before"),
            format!("{percent} % more than in the same hours of the day before, without the current hour"),
        ),
        Ordering::Less => (
            format!("▼ {percent} % compared with the day before"),
            format!("{percent} % fewer than in the same hours of the day before, without the current hour"),
        ),
    };
    view! {
        <span class="requests__compared" title=long.clone()>
            <span aria-hidden="true">{short}</span>
            <span class="vh">{long.clone()}</span>
        </span>
    }
}
