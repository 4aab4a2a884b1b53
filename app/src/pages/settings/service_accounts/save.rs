//! The dialog Save your service token, which shows a token for the only time.

use leptos::html;
use leptos::prelude::*;
use model::service_account::NewServiceToken;

use super::NewToken;
use crate::ui::copy::CopyButton;
use crate::ui::day::exact;
use crate::ui::dialog::{Dialog, close, dialog_head, focus_content};
use crate::ui::field::field;
use crate::ui::note::{NoteKind, note};

const NAME: &str = "save-service-token";

#[component]
pub(super) fn SaveToken(token: NewServiceToken) -> impl IntoView {
    let NewToken(new_token) = expect_context();
    let node = NodeRef::<html::Dialog>::new();
    let copied = RwSignal::new(false);
    let asking = RwSignal::new(false);
    let finished = StoredValue::new(false);
    focus_content(NAME);
    let finish = move || {
        finished.set_value(true);
        close(node);
    };
    let may_leave = move || {
        let may = copied.get_untracked();
        asking.set(!may);
        may
    };
    // At the second Esc, browsers close a dialog even if the page has prevented that at the first.
    let on_close = move |()| {
        if !finished.get_value() && !may_leave() {
            if let Some(dialog) = node.get_untracked() {
                let _ = dialog.show_modal();
            }
            return;
        }
        new_token.set(None);
    };
    let value = view! {
        <div class="token">
            <input
                class="token__value"
                id="service-token"
                value=token.token
                readonly
                autofocus
                spellcheck="false"
                autocomplete="off"
                on:copy=move |_| copied.set(true)
            />
            <CopyButton source="service-token" word="Copy" what="service token" on_copied=move |()| copied.set(true)/>
        </div>
    };
    let end = token
        .expires_at
        .map(|end| view! { " It works until " {exact(end)} "." });
    let about = view! { <p>"For " <strong>{token.name}</strong> "." {end}</p> };
    let foot = move || {
        if asking.get() && !copied.get() {
            return view! {
                <p role="alert">"You have not copied the token yet."</p>
                <button class="button button--secondary" type="button" on:click=move |_| asking.set(false)>
                    "Go back"
                </button>
                <button class="button button--danger" type="button" on:click=move |_| finish()>
                    "Close without copying"
                </button>
            }
            .into_any();
        }
        view! {
            <button
                class="button button--primary"
                type="button"
                on:click=move |_| {
                    if may_leave() {
                        finish();
                    }
                }
            >
                "Done"
            </button>
        }
        .into_any()
    };
    view! {
        <Dialog name=NAME node on_cancel=move |()| may_leave() on_close>
            {dialog_head(NAME, "Save your service token", about)}
            <div class="dialog__body">
                {field("service-token", "Service token", value)}
                {note(
                    NoteKind::Warning,
                    "This token is shown only once. Store it in a secrets manager now; nobody can show it to you again.",
                )}
            </div>
            <div class="dialog__foot">{foot}</div>
        </Dialog>
    }
}
