//! Short messages at the edge of the screen about what was just done.

use std::time::Duration;

use leptos::prelude::*;
use model::proof::ChangeEffect;

use super::icon::{Icon, IconKind};
use crate::server_fns::keys::load_proof;

/// How long a message stays. The screen shows the outcome as well, so a person who misses a message misses nothing.
const SHOWN: Duration = Duration::from_secs(6);
/// As [`SHOWN`], for a message with a link, since a person needs time to get there. A deleted key has no screen with that link.
const SHOWN_WITH_RECEIPT: Duration = Duration::from_secs(20);

/// How long a message waits before it asks again on which nodes a change is in force: at first, and after
/// [`ASKED_QUICKLY`] times.
const AGAIN: Duration = Duration::from_millis(200);
const LATER: Duration = Duration::from_secs(2);
const ASKED_QUICKLY: u32 = 20;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: u32,
    text: String,
    is_error: bool,
    /// On how many nodes the change is in force, once that is known.
    proof: RwSignal<String>,
    /// The address of the receipt; empty without one.
    receipt: RwSignal<String>,
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

    /// Whether there are messages.
    pub(crate) fn any(self) -> Memo<bool> {
        Memo::new(move |_| !self.shown.read().is_empty())
    }

    pub(crate) fn add_success(self, text: impl Into<String>) {
        self.add(text.into(), false);
    }

    pub(crate) fn add_error(self, text: impl Into<String>) {
        self.add(text.into(), true);
    }

    /// Shows a message about a change, with the proof on how many nodes it is in force. The message stays until it is in
    /// force on all of them.
    pub(crate) fn add_with_proof(self, text: impl Into<String>, effect: ChangeEffect, change: i64) {
        let (id, proof, receipt) = self.insert(text.into(), false);
        leptos::task::spawn_local(async move {
            let mut shown = SHOWN;
            if let Some(address) = follow_proof(proof, effect, change).await {
                receipt.try_set(address);
                shown = SHOWN_WITH_RECEIPT;
            }
            gloo_timers::future::sleep(shown).await;
            self.remove(id);
        });
    }

    fn add(self, text: String, is_error: bool) {
        let (id, ..) = self.insert(text, is_error);
        set_timeout(move || self.remove(id), SHOWN);
    }

    fn insert(self, text: String, is_error: bool) -> (u32, RwSignal<String>, RwSignal<String>) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        let (proof, receipt) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
        self.shown.update(|shown| {
            shown.push(Toast {
                id,
                text,
                is_error,
                proof,
                receipt,
            });
        });
        (id, proof, receipt)
    }

    fn remove(self, id: u32) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

/// Keeps a sentence about a change up to date until the change is in force on all nodes, or the sentence is not shown any more.
/// Answers with the address of the receipt, if there is one.
pub(crate) async fn follow_proof(sentence: RwSignal<String>, effect: ChangeEffect, change: i64) -> Option<String> {
    let mut asked = 0;
    while let Ok(found) = load_proof(change, effect).await {
        // `try_set` returns the value if the signal no longer exists.
        if sentence.try_set(found.text).is_some() || found.settled {
            return found.receipt;
        }
        asked += 1;
        gloo_timers::future::sleep(if asked < ASKED_QUICKLY { AGAIN } else { LATER }).await;
    }
    None
}

/// The messages. The frame of the console has the region around them, which screen readers watch, and draws them when there are any.
#[component]
pub(crate) fn Messages() -> impl IntoView {
    let toasts: Toasts = expect_context();
    view! {
        <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
            <div class=if toast.is_error { "toast toast--bad" } else { "toast" }>
                <Icon kind=if toast.is_error { IconKind::Alert } else { IconKind::Check }/>
                <p>
                    <span>{toast.text.clone()}</span>
                    " "
                    <span class="sub">{toast.proof}</span>
                    <a
                        href=move || toast.receipt.get()
                        hidden=move || toast.receipt.read().is_empty()
                        rel="external"
                        download
                    >
                        "Download receipt"
                    </a>
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
    }
}
