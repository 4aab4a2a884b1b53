//! The dialog Delete Service Account.

use leptos::prelude::*;
use model::id::ServiceAccountId;
use model::service_account::ServiceAccount;

use super::keys_stay;
use crate::error::AppError;
use crate::pages::settings::question::question;
use crate::server_fns::service_accounts::delete_service_account;
use crate::ui::form_dialog::{DialogTexts, Form};
use crate::ui::head::bullets;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "delete-service-account",
    title: "Delete Service Account",
    submit: "Delete",
};

#[component]
pub(super) fn DeleteServiceAccount(form: Form, account: ServiceAccount) -> impl IntoView {
    let ServiceAccount { id, name, keys, .. } = account;
    let consequences = bullets(view! {
        <li>"Its tokens are refused at once. This cannot be undone."</li>
        <li>{keys_stay(keys)} " Only admins can change them afterwards."</li>
        <li>"The audit log keeps what it did."</li>
    });
    question(form, name.clone(), consequences, move || {
        delete(id.clone(), name.clone())
    })
}

async fn delete(id: ServiceAccountId, name: String) -> Result<String, AppError> {
    delete_service_account(id).await?;
    Ok(format!("{name} is deleted."))
}
