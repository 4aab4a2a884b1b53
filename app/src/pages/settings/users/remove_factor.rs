//! The dialog Remove Second Factor, for a person who lost the app and the recovery codes.

use leptos::prelude::*;
use model::id::UserId;
use model::people::Person;

use crate::error::AppError;
use crate::pages::settings::question::question;
use crate::server_fns::users::remove_second_factor_of;
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form};
use crate::ui::head::bullets;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "remove-second-factor",
    title: "Remove Second Factor",
    submit: "Remove",
};

#[component]
pub(super) fn RemoveSecondFactor(form: Form, person: Person) -> impl IntoView {
    let confirm = Confirm::of_context();
    let Person { id, name, .. } = person;
    let consequences = bullets(view! {
        <li>"From now on their password alone lets in."</li>
        <li>"Their recovery codes become worthless."</li>
        <li>"Make sure that it is really they who ask: somebody else may have the password."</li>
    });
    let about = name.clone();
    question(form, about, consequences, move || {
        remove(confirm, id.clone(), name.clone())
    })
}

async fn remove(confirm: Confirm, id: UserId, name: String) -> Result<String, AppError> {
    confirm.run(|| remove_second_factor_of(id.clone())).await?;
    Ok(format!("{name} logs in with the password alone."))
}
