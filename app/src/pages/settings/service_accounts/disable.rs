//! The dialog Disable Service Account.

use leptos::prelude::*;
use model::id::ServiceAccountId;
use model::service_account::ServiceAccount;

use super::keys_stay;
use crate::error::AppError;
use crate::pages::settings::question::question;
use crate::server_fns::service_accounts::disable_service_account;
use crate::ui::form_dialog::{DialogTexts, Form};
use crate::ui::head::bullets;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "disable-service-account",
    title: "Disable Service Account",
    submit: "Disable",
};

#[component]
pub(super) fn DisableServiceAccount(form: Form, account: ServiceAccount) -> impl IntoView {
    let ServiceAccount { id, name, keys, .. } = account;
    let consequences = bullets(view! {
        <li>"Its tokens are refused at once, until it is enabled again."</li>
        <li>{keys_stay(keys)}</li>
    });
    question(form, name.clone(), consequences, move || {
        disable(id.clone(), name.clone())
    })
}

async fn disable(id: ServiceAccountId, name: String) -> Result<String, AppError> {
    disable_service_account(id).await?;
    Ok(format!("{name} is disabled."))
}
