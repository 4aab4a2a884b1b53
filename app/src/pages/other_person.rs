//! The dialog of a tab whose session now belongs to another person.

use leptos::html;
use leptos::prelude::*;

use crate::shared::Shared;
use crate::ui::button::Look;
use crate::ui::dialog::{Dialog, dialog_body, dialog_foot, dialog_head};

/// Covers the page, since no action on it works any more.
#[component]
pub(crate) fn OtherPerson() -> impl IntoView {
    let frame = Shared::of_context().frame;
    let node = NodeRef::<html::Dialog>::new();
    let before = frame.get_untracked().and_then(Result::ok).map(|frame| frame.me.email);
    let before = before.unwrap_or_else(|| "somebody else".to_owned());
    let about = view! {
        <p>
            "Somebody else has logged in with this browser. This tab still shows the console of "
            <strong>{before}</strong> ", so nothing more was done here."
        </p>
    };
    view! {
        <Dialog name="other-person" node alert=true on_cancel=|()| false on_close=|()| ()>
            {dialog_head("other-person", "Another person is logged in", ())}
            {dialog_body(Some("other-person"), about)}
            {dialog_foot(view! {
                <a class=Look::Primary.class() href="/" rel="external" autofocus>
                    "Reload"
                </a>
            })}
        </Dialog>
    }
}
