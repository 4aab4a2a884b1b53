//! What happened to a key, from the audit log.

use leptos::prelude::*;
use model::key_page::HistoryEvent;
use model::time::Timestamp;

use crate::ui::actor::Who;
use crate::ui::fold::LongText;
use crate::ui::time::Ago;

const COLUMNS: [&str; 4] = ["What", "Who", "From", "When"];

#[component]
pub(super) fn History(events: Vec<HistoryEvent>, now: Timestamp) -> impl IntoView {
    view! {
        <div class="page-head page-head--section">
            <h2 id="history">"History"</h2>
        </div>
        <div class="table-card">
            <table class="table table--cards table--compact history" role="table" aria-labelledby="history">
                <thead role="rowgroup">
                    <tr role="row">
                        {COLUMNS
                            .into_iter()
                            .map(|column| view! { <th role="columnheader" scope="col">{column}</th> })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody role="rowgroup">
                    {events
                        .into_iter()
                        .map(|event| {
                            view! {
                                <tr role="row">
                                    <td role="cell" class="cell-name" data-label="What">
                                        <span>{words(&event.action)}</span>
                                        {(!event.details.is_empty())
                                            .then(|| {
                                                view! {
                                                    <div class="sub">
                                                        <LongText text=event.details.clone()/>
                                                    </div>
                                                }
                                            })}
                                    </td>
                                    <td role="cell" data-label="Who">
                                        <Who name=event.actor person=event.person/>
                                    </td>
                                    <td role="cell" class="mono" data-label="From">
                                        {event.address.unwrap_or_else(|| "–".to_owned())}
                                    </td>
                                    <td role="cell" data-label="When">
                                        <Ago at=event.at now/>
                                    </td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}

/// What an event is called on screens.
fn words(action: &str) -> String {
    match action {
        "key.created" => "Created",
        "key.activated" => "Active",
        "key.failed" => "Failed to provision",
        "key.disabled" => "Disabled",
        "key.enabled" => "Enabled",
        "key.edited" => "Edited",
        "key.rotated" => "Rotated",
        "key.old_token_ended" => "Old token ended",
        other => other,
    }
    .to_owned()
}
