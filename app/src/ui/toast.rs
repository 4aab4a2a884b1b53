//! Short messages at the edge of the screen about what was just done.

use std::time::Duration;

use leptos::prelude::*;
use model::key_page::Proof;
use model::progress::span;
use model::time::Timestamp;

use super::day::here;
use super::icon::{Icon, IconKind};
use crate::server_fns::keys::load_proof;

/// How long a message stays. The screen shows the outcome as well, so a person who misses a message misses nothing.
const SHOWN: Duration = Duration::from_secs(6);

/// How long a message waits before it asks again on which nodes a change is in force.
const AGAIN: Duration = Duration::from_millis(200);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: u32,
    text: String,
    is_error: bool,
    /// On how many nodes the change is in force, once that is known.
    proof: RwSignal<String>,
}

/// The messages on the screen. All screens add theirs here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    pub(crate) fn provide() -> Self {
        let toasts = Self {
            shown: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
        };
        provide_context(toasts);
        toasts
    }

    pub(crate) fn add_success(self, text: impl Into<String>) {
        let _ = self.add(text.into(), false);
    }

    pub(crate) fn add_error(self, text: impl Into<String>) {
        let _ = self.add(text.into(), true);
    }

    /// Shows a message about a change of a key, and then the proof: on how many nodes it is in force, and after how long.
    pub(crate) fn add_with_proof(self, text: impl Into<String>, verb: &'static str, change: i64, since: Timestamp) {
        let proof = self.add(text.into(), false);
        leptos::task::spawn_local(async move {
            // If a node is silent, the proof may take longer than the message is shown.
            for _ in 0..30 {
                let Ok(found) = load_proof(change).await else {
                    return;
                };
                // `try_set` returns the value if the message no longer exists.
                let gone = proof.try_set(sentence(verb, &found, since)).is_some();
                if gone || found.confirmed == found.nodes {
                    return;
                }
                gloo_timers::future::sleep(AGAIN).await;
            }
        });
    }

    fn add(self, text: String, is_error: bool) -> RwSignal<String> {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        let proof = RwSignal::new(String::new());
        self.shown.update(|shown| {
            shown.push(Toast {
                id,
                text,
                is_error,
                proof,
            });
        });
        set_timeout(move || self.remove(id), SHOWN);
        proof
    }

    fn remove(self, id: u32) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// A sentence such as "Refused on 3 of 3 nodes after 212 ms."
fn sentence(verb: &str, proof: &Proof, since: Timestamp) -> String {
    let Proof {
        confirmed,
        nodes,
        until,
    } = proof;
    let word = if *nodes == 1 { "node" } else { "nodes" };
    match until {
        _ if confirmed == nodes => format!(
            "{verb} on {confirmed} of {nodes} {word} after {}.",
            span(here().since(since))
        ),
        Some(until) => format!(
            "{verb} on {confirmed} of {nodes} {word}; one is silent and may answer until {}.",
            until.exact()
        ),
        None => format!("{verb} on {confirmed} of {nodes} {word} so far."),
    }
}

#[component]
pub(crate) fn ToastRegion(toasts: Toasts) -> impl IntoView {
    view! {
        <div class="toasts" role="status">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <div class=if toast.is_error { "toast toast--bad" } else { "toast" }>
                    <Icon kind=if toast.is_error { IconKind::Alert } else { IconKind::Check }/>
                    <p>
                        {toast.text.clone()}
                        <span class="sub">{toast.proof}</span>
                    </p>
                    <button
                        class="icon-button"
                        type="button"
                        aria-label="Dismiss"
                        on:click=move |_| toasts.remove(toast.id)
                    >
                        <Icon kind=IconKind::Close/>
                    </button>
                </div>
            </For>
        </div>
    }
}
