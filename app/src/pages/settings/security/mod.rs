//! Settings → Security: the person's own password, second factor and sessions.

mod codes;
mod password;
mod second_factor;
mod sessions;
mod set_up;

use leptos::prelude::*;
use model::security::{RecoveryCodes, SecurityPage};

use super::place::SettingsDialog;
use super::tab_content::TabContent;
use crate::server_fns::account::load_security;
use crate::shared::Shared;
use crate::ui::list::use_list_query;
use codes::SaveCodes;
use password::Password;
use second_factor::{SecondFactor, TurnOff};
use sessions::Sessions;
use set_up::SetUp;

const PATH: &str = "/settings/security";

/// The recovery codes that were just made. No other place in the browser holds them.
#[derive(Clone, Copy)]
struct FreshCodes {
    codes: RwSignal<Option<RecoveryCodes>>,
    /// Whether the person has stored them. It is not kept in the dialog, which may be drawn anew when the screen is loaded again.
    stored: RwSignal<bool>,
}

impl FreshCodes {
    fn show(self, codes: RecoveryCodes) {
        self.stored.try_set(false);
        self.codes.try_set(Some(codes));
    }
}

#[component]
pub(super) fn Security(dialog: Memo<Option<SettingsDialog>>) -> impl IntoView {
    let shared = Shared::of_context();
    let query = use_list_query();
    let page = Resource::new(
        move || (query.get(), shared.version.get()),
        |(query, _)| load_security(query),
    );
    let fresh = FreshCodes {
        codes: RwSignal::new(None),
        stored: RwSignal::new(false),
    };
    provide_context(fresh);
    view! {
        {move || match dialog.get() {
            Some(SettingsDialog::SetUpSecondFactor) => view! { <SetUp/> }.into_any(),
            Some(SettingsDialog::TurnOffSecondFactor) => view! { <TurnOff/> }.into_any(),
            _ => ().into_any(),
        }}
        {move || {
            fresh
                .codes
                .get()
                .map(|codes| {
                    let loaded = page.get_untracked().and_then(Result::ok);
                    let email = loaded.map(|page| page.email).unwrap_or_default();
                    view! { <SaveCodes codes email/> }
                })
        }}
        <TabContent list=page what="security settings" whole="Your account" columns=sessions::COLUMNS draw=content/>
    }
}

fn content(loaded: Memo<Option<SecurityPage>>) -> AnyView {
    let email = loaded.get_untracked().map(|page| page.email).unwrap_or_default();
    view! {
        <div class="cards security">
            <Password email/>
            <SecondFactor loaded/>
        </div>
        <Sessions loaded/>
    }
    .into_any()
}
