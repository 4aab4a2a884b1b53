//! Notes: something a person should read before going on.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};

/// What went wrong, read out at once.
#[component]
pub(crate) fn BadNote(#[prop(into)] text: String) -> impl IntoView {
    view! {
        <div class="note note--bad" role="alert">
            <Icon kind=IconKind::Alert/>
            <p>{text}</p>
        </div>
    }
}
