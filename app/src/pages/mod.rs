//! One file a screen.

pub(crate) mod audit;
pub(crate) mod code;
pub(crate) mod console;
pub(crate) mod home;
pub(crate) mod invite;
pub(crate) mod keys;
pub(crate) mod login;
pub(crate) mod not_found;
pub(crate) mod profiles;
pub(crate) mod reset;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod usage;

use leptos::prelude::*;

use crate::ui::icon::{Icon, IconKind};

/// The frame of the screens before there is a console: log in, set up, reset.
#[component]
fn Outside(children: Children) -> impl IntoView {
    view! {
        <main class="auth" id="main">
            <div class="brand">
                <Icon kind=IconKind::Brand/>
                <span>"Latchkey"</span>
            </div>
            {children()}
        </main>
    }
}
