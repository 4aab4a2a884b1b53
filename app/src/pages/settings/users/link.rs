//! A one-time link, which is shown only once.

use leptos::prelude::*;
use model::people::OneTimeLink;

use crate::ui::copy::CopyButton;
use crate::ui::day::exact;
use crate::ui::field::field;
use crate::ui::note::{NoteKind, note};

#[component]
pub(super) fn ShownLink(
    link: OneTimeLink,
    /// The name of the link, such as "Invitation link" in "Copy Invitation link".
    label: &'static str,
) -> impl IntoView {
    let OneTimeLink { email, url, expires_at } = link;
    let token = view! {
        <div class="token">
            <input
                class="token__value"
                id="one-time-link"
                value=url
                readonly
                autofocus
                spellcheck="false"
                autocomplete="off"
            />
            <CopyButton source="one-time-link" word="Copy" what=label on_copied=|()| ()/>
        </div>
    };
    let warning = view! {
        "This link works once, until "
        {exact(expires_at)}
        {format!("; send it to {email} yourself. It is shown only now, and whoever has it gets in.")}
    };
    view! {
        {field("one-time-link", label, token)}
        {note(NoteKind::Warning, warning)}
    }
}
