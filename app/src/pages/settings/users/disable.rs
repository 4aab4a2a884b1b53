//! The dialog Disable User.

use leptos::prelude::*;
use model::id::UserId;
use model::people::Person;

use super::PATH;
use crate::error::AppError;
use crate::pages::settings::question::question;
use crate::server_fns::users::disable_user;
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form};
use crate::ui::head::bullets;
use crate::ui::note::{NoteKind, note};
use crate::ui::number::grouped;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "disable-user",
    title: "Disable User",
    submit: "Disable",
};

#[component]
pub(super) fn DisableUser(form: Form, person: Person) -> impl IntoView {
    let confirm = Confirm::of_context();
    let Person { id, name, keys, me, .. } = person;
    let give = format!("{PATH}/{id}/give-keys");
    let keys = if keys == 0 {
        view! { <li>"They have no keys."</li> }.into_any()
    } else {
        view! {
            <li>
                {keys_stay(keys)} " " <a href=give>"Transfer them to somebody"</a>
                " who looks after them."
            </li>
        }
        .into_any()
    };
    let consequences = view! {
        {me.then(|| note(NoteKind::Danger, "This is you. You will be logged out and cannot log in again."))}
        {bullets(view! {
            <li>"They are logged out at once and cannot log in until they are enabled again."</li>
            {keys}
        })}
    };
    let about = name.clone();
    question(form, about, consequences, move || {
        disable(confirm, id.clone(), name.clone())
    })
}

async fn disable(confirm: Confirm, id: UserId, name: String) -> Result<String, AppError> {
    confirm.run(|| disable_user(id.clone())).await?;
    Ok(format!("{name} is disabled."))
}

fn keys_stay(keys: u64) -> String {
    match keys {
        1 => "Their key goes on working.".to_owned(),
        keys => format!("Their {} keys go on working.", grouped(keys)),
    }
}
