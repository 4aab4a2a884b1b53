//! The dialog Save your recovery codes, which shows the codes for the only time.

use leptos::html;
use leptos::prelude::*;
use model::security::RecoveryCodes;

use super::FreshCodes;
use crate::ui::button::Look;
use crate::ui::copy::{CopyOutcome, copy_text, say_for_a_while};
use crate::ui::dialog::{Dialog, close, dialog_head};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::note::{NoteKind, note};

const NAME: &str = "save-codes";

#[component]
pub(super) fn SaveCodes(
    codes: RecoveryCodes,
    /// The address with which the person logs in.
    email: String,
) -> impl IntoView {
    let fresh = expect_context::<FreshCodes>();
    let node = NodeRef::<html::Dialog>::new();
    let stored = fresh.stored;
    let RecoveryCodes(codes) = codes;
    let all = codes.join("\n");
    // At the second Esc, browsers close a dialog even if the page has prevented that at the first.
    let on_close = move |()| {
        if stored.get_untracked() {
            fresh.codes.set(None);
        } else if let Some(dialog) = node.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    Effect::new(move |_| {
        let leave = window_event_listener(leptos::ev::beforeunload, move |event| {
            if stored.try_get_untracked() == Some(false) {
                event.prevent_default();
            }
        });
        on_cleanup(move || leave.remove());
    });
    let about = view! { <p>"Each lets you in once, where you do not have your app."</p> };
    // A sheet of codes is worth nothing to a person who does not know where they belong.
    let host = location().host().unwrap_or_default();
    view! {
        <Dialog name=NAME node on_cancel=move |()| stored.get_untracked() on_close>
            {dialog_head(NAME, "Save your recovery codes", about)}
            <div class="dialog__body">
                <ol class="codes mono" role="list" aria-label="Recovery codes">
                    {codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view()}
                </ol>
                <p class="codes__for">
                    "For " <strong>{email}</strong> " at " <strong>{host}</strong>
                </p>
                <div class="codes__actions">
                    <CopyAll all stored/>
                    <button class=Look::Secondary.class() type="button" on:click=|_| drop(window().print())>
                        "Print"
                    </button>
                </div>
                {note(
                    NoteKind::Warning,
                    "They are shown only once, and codes from before work no more. Store them away from your phone.",
                )}
                <label class="choice">
                    <input
                        type="checkbox"
                        prop:checked=stored
                        on:change=move |event| stored.set(event_target_checked(&event))
                    />
                    <span>"I have stored them"</span>
                </label>
            </div>
            <div class="dialog__foot">
                <button
                    class=Look::Primary.class()
                    type="button"
                    disabled=move || !stored.get()
                    on:click=move |_| close(node)
                >
                    "Done"
                </button>
            </div>
        </Dialog>
    }
}

#[component]
fn CopyAll(all: String, stored: RwSignal<bool>) -> impl IntoView {
    let copied = RwSignal::new(false);
    let refused = RwSignal::new(false);
    let copy = move |_| {
        let copying = copy_text(all.clone());
        leptos::task::spawn_local(async move {
            let worked = copying.await;
            refused.try_set(!worked);
            if worked {
                stored.try_set(true);
                say_for_a_while(copied);
            }
        });
    };
    view! {
        <div>
            <button
                class=format!("{} says-copied", Look::Secondary.class())
                type="button"
                autofocus
                data-copied=move || copied.get().then_some("")
                on:click=copy
            >
                {move || {
                    let kind = if copied.get() { IconKind::Check } else { IconKind::Copy };
                    view! { <Icon kind/> }
                }}
                <span>"Copy recovery codes"</span>
            </button>
            <CopyOutcome copied refused text="Not copied: this browser does not allow it. Select the codes and copy them by hand."/>
        </div>
    }
}
