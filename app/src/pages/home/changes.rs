//! The last changes, from the audit log.

use leptos::prelude::*;
use model::audit::AuditRow;
use model::audit_event;
use model::id::KeyId;
use model::time::Timestamp;

use crate::ui::actor::Who;
use crate::ui::icon::{Icon, IconKind};
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
    let what = audit_event::title(&change.action);
    let subject = change.subject_name.or_else(|| change.subject_id.clone());
    let key = change.subject_id.as_deref().and_then(KeyId::parse);
    let subject = subject.map(|name| match key {
        Some(key) => view! {
            <a class="quiet-link" href=format!("/keys/{key}")>
                <bdi>{name}</bdi>
            </a>
        }
        .into_any(),
        None => view! { <bdi>{name}</bdi> }.into_any(),
    });
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
                <span class="change__title">{what}</span>
                " "
                {subject}
                {details}
            </div>
            <div class="change__who">
                <Who name=change.actor person=change.person/>
            </div>
            <span class="change__when">
                <Ago at=change.at now/>
            </span>
        </li>
    }
}
