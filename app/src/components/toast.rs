//! Short messages about what was just done, at the edge of the screen.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// How long a message stays. It says nothing that cannot be seen on the screen as well.
const SHOWN: Duration = Duration::from_secs(6);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Toast {
    id: u32,
    text: String,
    bad: bool,
}

/// Where any screen puts its messages.
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

    pub(crate) fn good(self, text: impl Into<String>) {
        self.add(text.into(), false);
    }

    pub(crate) fn bad(self, text: impl Into<String>) {
        self.add(text.into(), true);
    }

    fn add(self, text: String, bad: bool) {
        let id = self.next.get_value();
        self.next.set_value(id.wrapping_add(1));
        self.shown.update(|shown| shown.push(Toast { id, text, bad }));
        set_timeout(move || self.remove(id), SHOWN);
    }

    fn remove(self, id: u32) {
        self.shown.try_update(|shown| shown.retain(|toast| toast.id != id));
    }
}

#[component]
pub(crate) fn ToastRegion(toasts: Toasts) -> impl IntoView {
    view! {
        <div class="toasts" role="status">
            <For each=move || toasts.shown.get() key=|toast| toast.id let:toast>
                <div class=if toast.bad { "toast toast--bad" } else { "toast" }>
                    <Icon kind=if toast.bad { IconKind::Alert } else { IconKind::Check }/>
                    <p>{toast.text.clone()}</p>
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
