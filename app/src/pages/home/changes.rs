//! The last changes, from the audit log.

use leptos::prelude::*;
use model::audit::AuditRow;
use model::time::Timestamp;

use crate::ui::icon::{Icon, IconKind};
use crate::ui::sentence::Sentence;
use crate::ui::time::Ago;

#[component]
pub(super) fn LastChanges(changes: Vec<AuditRow>, now: Timestamp) -> impl IntoView {
    let lines = changes
        .into_iter()
        .map(|change| view! { <Line change now/> })
        .collect_view();
    view! {
        <section class="card card--lines" aria-labelledby="changes">
            <div class="card__head">
                <h2 id="changes">"Last changes"</h2>
                <a href="/audit">
                    "Open audit log"
                    <Icon kind=IconKind::ArrowRight/>
                </a>
            </div>
            <ul role="list">{lines}</ul>
        </section>
    }
}

#[component]
fn Line(change: AuditRow, now: Timestamp) -> impl IntoView {
    let at = change.at;
    let details = (!change.details.is_empty()).then(|| {
        view! {
            <span class="sub clip" title=change.details.clone()>
                {change.details.clone()}
            </span>
        }
    });
    view! {
        <li class="home-line change">
            <div class="change__what">
                <Sentence event=change/>
                {details}
            </div>
            <span class="change__when">
                <Ago at now/>
            </span>
        </li>
    }
}
