//! The dialog that asks, shows how far it is, and stops.

use leptos::prelude::*;
use model::key_list::BulkAction;

use super::{Bulk, Stage};
use crate::components::dialog::{close, focus_screen};
use crate::components::icon::{Icon, IconKind};
use crate::components::note::BadNote;
use crate::components::number::grouped;
use crate::pages::console::Shared;

impl Bulk {
    /// The action is set before the stage, so what follows the stage shows the right one.
    fn deletes(self) -> bool {
        self.stage.track();
        self.action.get_value() == BulkAction::Delete
    }

    /// `Delete 3 API keys`
    fn title(self) -> String {
        let keys = match self.total.get() {
            1 => "1 API key".to_owned(),
            total => format!("{} API keys", grouped(total as u64)),
        };
        format!("{} {keys}", if self.deletes() { "Delete" } else { "Disable" })
    }
}

#[component]
pub(crate) fn BulkDialog(bulk: Bulk) -> impl IntoView {
    // Closing while it runs stops it: nothing goes on that nobody sees.
    let on_close = move |_| {
        if bulk.stage.get_untracked() == Stage::Running {
            bulk.stage.set(Stage::Stopped);
        }
        focus_screen();
    };
    view! {
        <dialog
            class="dialog dialog--small"
            id="bulk"
            node_ref=bulk.node
            role="alertdialog"
            aria-labelledby="bulk-title"
            aria-describedby="bulk-about"
            on:close=on_close
        >
            <div class="dialog__head">
                <h2 id="bulk-title">{move || bulk.title()}</h2>
            </div>
            <div class="dialog__body">
                <p id="bulk-about">
                    {move || {
                        if bulk.deletes() {
                            "Deletion is permanent and cannot be undone. All services using these keys stop working immediately."
                        } else {
                            "They are refused from then on, until somebody enables them again. Keys that are not active stay as they are."
                        }
                    }}
                </p>
                <HowFar bulk/>
                {move || {
                    (bulk.refusals.get() > 0)
                        .then(|| {
                            let mut sentences = bulk.refused.get();
                            let more = bulk.refusals.get().saturating_sub(sentences.len());
                            if more > 0 {
                                sentences.push(format!("And {more} more."));
                            }
                            view! { <BadNote text=sentences.join(" ")/> }
                        })
                }}
            </div>
            <div class="dialog__foot">
                <Foot bulk/>
            </div>
        </dialog>
    }
}

#[component]
fn HowFar(bulk: Bulk) -> impl IntoView {
    let Bulk { stage, total, done, .. } = bulk;
    view! {
        <div class="progress" hidden=move || stage.get() == Stage::Asking>
            <progress
                aria-labelledby="bulk-title"
                max=move || total.get().max(1).to_string()
                prop:value=move || done.get().to_string()
            ></progress>
            <p role="status" class="num">
                {move || {
                    let so_far = format!("{} of {}", grouped(done.get() as u64), grouped(total.get() as u64));
                    match stage.get() {
                        Stage::Asking => String::new(),
                        Stage::Running => so_far,
                        Stage::Stopped => format!("Stopped after {so_far}."),
                        Stage::Done => format!("Done: {so_far}."),
                    }
                }}
            </p>
        </div>
    }
}

#[component]
fn Foot(bulk: Bulk) -> impl IntoView {
    let shared = Shared::of_context();
    let Bulk { node, stage, .. } = bulk;
    let go = move |_| {
        stage.set(Stage::Running);
        leptos::task::spawn_local(async move {
            bulk.work().await;
            shared.changed();
        });
    };
    move || match stage.get() {
        Stage::Asking => {
            let strong = if bulk.deletes() {
                "button button--danger"
            } else {
                "button button--primary"
            };
            view! {
                <button class="button button--secondary" type="button" autofocus on:click=move |_| close(node)>
                    "Cancel"
                </button>
                <button class=strong type="button" on:click=go>
                    {move || bulk.title()}
                </button>
            }
            .into_any()
        }
        Stage::Running => view! {
            <button class="button button--secondary" type="button" on:click=move |_| stage.set(Stage::Stopped)>
                <Icon kind=IconKind::Stop/>
                "Stop"
            </button>
        }
        .into_any(),
        Stage::Stopped | Stage::Done => view! {
            <button class="button button--primary" type="button" on:click=move |_| close(node)>
                "Close"
            </button>
        }
        .into_any(),
    }
}
