//! The dialog Delete Service Account.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::service_account::ServiceAccount;

use super::keys_stay;
use crate::server_fns::service_accounts::delete_service_account;
use crate::shared::Shared;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::head::bullets;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "delete-service-account",
    title: "Delete Service Account",
    submit: "Delete",
};

#[component]
pub(super) fn DeleteServiceAccount(form: Form, account: ServiceAccount) -> impl IntoView {
    let shared = Shared::of_context();
    let ServiceAccount { id, name, keys, .. } = account;
    let about = name.clone();
    let send = move |_: FormValues| {
        let (id, name) = (id.clone(), name.clone());
        form.send(async move {
            delete_service_account(id).await?;
            shared.toasts.add_success(format!("{name} is deleted."));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about danger=true send>
            {bullets(view! {
                <li>"Its tokens are refused at once. This cannot be undone."</li>
                <li>{keys_stay(keys)} " Only admins can change them afterwards."</li>
                <li>"The audit log keeps what it did."</li>
            })}
        </FormDialog>
    }
}
