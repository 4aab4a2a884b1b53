//! The events, latest first.

use leptos::prelude::*;
use model::audit::{AuditPage, AuditQuery, AuditRow};
use model::audit_event;
use model::id::KeyId;
use model::time::Timestamp;

use super::address::audit_link;
use crate::ui::actor::Who;
use crate::ui::fold::LongText;
use crate::ui::list::Pager as Pages;
use crate::ui::table::{Rows, TableHead, cell, table, titled_cell};
use crate::ui::time::Ago;

pub(super) const COLUMNS: &[&str] = &["When", "Who", "What", "To what", "Details"];

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
    let AuditRow {
        at,
        actor,
        person,
        address,
        action,
        subject_id,
        subject_name,
        details,
        ..
    } = event;
    // On narrow screens, a row is a card, which leaves out empty cells.
    let about_nothing = subject_id.is_none() && subject_name.is_none();
    let class = if details.is_empty() {
        "audit__details audit__nothing"
    } else {
        "audit__details"
    };
    let who = view! {
        <Who name=actor.clone() person/>
        {address.map(|address| view! { <span class="sub mono">{address}</span> })}
    };
    let nothing = if about_nothing { "audit__nothing" } else { "" };
    view! {
        <tr role="row">
            {cell("When", "dim", view! { <span class="nowrap"><Ago at now/></span> })}
            {titled_cell("Who", "cell-name", actor, who)}
            {cell("What", "", audit_event::title(&action))}
            {cell("To what", nothing, view! { <Subject id=subject_id name=subject_name/> })}
            {cell("Details", class, view! { <LongText text=details/> })}
        </tr>
    }
}

/// The subject of an event. If the subject is a key, it links to the screen of that key.
#[component]
fn Subject(id: Option<String>, name: Option<String>) -> impl IntoView {
    let key = id.as_deref().and_then(KeyId::parse);
    let first = name.clone().or_else(|| id.clone()).unwrap_or_default();
    let second = name.and(id).map(|id| view! { <span class="sub mono">{id}</span> });
    let first = match key {
        Some(key) => view! {
            <a class="quiet-link" href=format!("/keys/{key}")>
                {first}
            </a>
        }
        .into_any(),
        None => first.into_any(),
    };
    view! { <span>{first} {second}</span> }
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
