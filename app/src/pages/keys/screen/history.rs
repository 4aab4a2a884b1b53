//! The events of a key or a customer, from the audit log.

use leptos::prelude::*;
use model::key_page::HistoryEvent;
use model::time::Timestamp;

use crate::ui::actor::Who;
use crate::ui::copy::copy_icon;
use crate::ui::fold::LongText;
use crate::ui::table::{TableHead, cell};
use crate::ui::time::Ago;

const COLUMNS: &[&str] = &["What", "Who", "From", "When"];

#[component]
pub(crate) fn History(events: Vec<HistoryEvent>, now: Timestamp) -> impl IntoView {
    view! {
        <div class="page-head page-head--section">
            <h2 id="history">"History"</h2>
        </div>
        <div class="table-card">
            <table class="table table--cards table--compact history" role="table" aria-labelledby="history">
                <TableHead columns=COLUMNS/>
                <tbody role="rowgroup">
                    {events.into_iter().map(|event| view! { <Row event now/> }).collect_view()}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(event: HistoryEvent, now: Timestamp) -> impl IntoView {
    let details = (!event.details.is_empty()).then(|| {
        view! {
            <div class="sub">
                <LongText text=event.details/>
            </div>
        }
    });
    let proof = (!event.proof.is_empty()).then(|| view! { <div class="sub">{event.proof}</div> });
    let receipt = event.receipt.map(|change| {
        let path = format!("/changes/{change}/receipt.jws");
        view! {
            <div class="sub">
                <a href=path.clone() rel="external" download>
                    "Download receipt"
                    <span class="vh">{format!(" of change {change}")}</span>
                </a>
                {copy_icon(path)}
            </div>
        }
    });
    let what = view! {
        <span>{event.title}</span>
        {details}
        {proof}
        {receipt}
    };
    view! {
        <tr role="row">
            {cell("What", "cell-name", what)}
            {cell("Who", "", view! { <Who name=event.actor person=event.person/> })}
            {cell("From", "mono", event.address.unwrap_or_else(|| "–".to_owned()))}
            {cell("When", "", view! { <Ago at=event.at now/> })}
        </tr>
    }
}
