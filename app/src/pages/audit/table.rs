//! The events, latest first.

use leptos::prelude::*;
use model::audit::{AuditPage, AuditQuery, AuditRow};
use model::audit_event;
use model::time::Timestamp;

use super::address::audit_link;
use crate::ui::copy::copy_icon;
use crate::ui::list::Pager as Pages;
use crate::ui::sentence::Sentence;
use crate::ui::table::{Rows, TableHead, cell, table};
use crate::ui::time::Ago;

pub(super) const COLUMNS: &[&str] = &["When", "What happened", "Details"];

#[component]
pub(super) fn Table(loaded: Memo<Option<AuditPage>>, query: Memo<AuditQuery>) -> impl IntoView {
    let rows = Signal::derive(move || {
        let page = loaded.get();
        page.map(|page| page.events.into_iter().map(|event| (event, page.now)).collect())
            .unwrap_or_default()
    });
    let next = Memo::new(move |_| loaded.get().and_then(|page| page.next));
    let content = view! {
        <TableHead columns=COLUMNS/>
        <Rows
            rows
            key=|(event, _): &(AuditRow, Timestamp)| event.number
            draw=|(event, now)| view! { <Row event now/> }.into_any()
        />
    };
    let pager = move || view! { <Pager query=query.get() next=next.get()/> };
    table("table table--cards audit", "Audit Log", content, pager)
}

#[component]
fn Row(event: AuditRow, now: Timestamp) -> impl IntoView {
    let at = event.at;
    let who = match (&event.person, &event.address) {
        (Some(_), address) => Some((Some(event.actor.clone()), address.clone())),
        (None, Some(address)) => Some((None, Some(address.clone()))),
        (None, None) => None,
    };
    let who = who.map(|(name, address)| {
        let between = (name.is_some() && address.is_some()).then_some(" · ");
        view! {
            <span class="sub">
                {name.map(|name| view! { <bdi>{name}</bdi> })} {between}
                {address.map(|address| view! { <span class="mono">{address}</span> })}
            </span>
        }
    });
    let what = view! {
        <span class="audit__line">
            <Sentence event=event.clone()/>
        </span>
        {who}
    };
    view! {
        <tr role="row">
            {cell("When", "dim", view! { <span class="nowrap"><Ago at now/></span> })}
            {cell("What happened", "audit__what", what)}
            {cell("Details", "audit__details", view! { <Details event/> })}
        </tr>
    }
}

/// The details on one line, and behind it all of them with what the event is called in filters and exports.
#[component]
fn Details(event: AuditRow) -> impl IntoView {
    let AuditRow {
        number,
        action,
        subject_id,
        details,
        ..
    } = event;
    let (class, summary) = if details.is_empty() {
        ("clip audit__bare", "Details".to_owned())
    } else {
        ("clip", details)
    };
    view! {
        <details class="fold audit__more">
            <summary>
                <span class=class>{summary}</span>
                <span class="vh">{format!(" of event {number}")}</span>
            </summary>
            <dl>
                <dt>"Event"</dt>
                <dd>{audit_event::title(&action)}</dd>
                {subject_id
                    .map(|id| {
                        view! {
                            <dt>"ID"</dt>
                            <dd class="mono">{id.clone()} {copy_icon(id)}</dd>
                        }
                    })}
                <dt>"Number"</dt>
                <dd class="num">{number}</dd>
            </dl>
        </details>
    }
}

#[component]
fn Pager(query: AuditQuery, next: Option<i64>) -> impl IntoView {
    let at = |before: String| {
        audit_link(
            "/audit",
            &AuditQuery {
                before,
                ..query.clone()
            },
        )
    };
    let older = next.map(|number| at(number.to_string()));
    let newest = (!query.before.is_empty()).then(|| at(String::new()));
    view! { <Pages first=newest next=older words=("Newest", "Older")/> }
}
