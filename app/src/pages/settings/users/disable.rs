//! The dialog Disable User.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::people::Person;

use super::PATH;
use crate::server_fns::users::disable_user;
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
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
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let Person { id, name, keys, me, .. } = person;
    let about = name.clone();
    let give = format!("{PATH}/{id}/give-keys");
    let send = move |_: FormValues| {
        let (id, name) = (id.clone(), name.clone());
        form.send(async move {
            confirm.run(|| disable_user(id.clone())).await?;
            shared.toasts.add_success(format!("{name} is disabled."));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about danger=true send>
            {me.then(|| note(NoteKind::Danger, "This is you. You will be logged out and cannot log in again."))}
            {bullets(view! {
                <li>"They are logged out at once and cannot log in until they are enabled again."</li>
                {if keys == 0 {
                    view! { <li>"They have no keys."</li> }.into_any()
                } else {
                    view! {
                        <li>
                            {keys_stay(keys)} " " <a href=give>"Transfer them to somebody"</a>
                            " who looks after them."
                        </li>
                    }
                        .into_any()
                }}
            })}
        </FormDialog>
    }
}

fn keys_stay(keys: u64) -> String {
    match keys {
        1 => "Their key goes on working.".to_owned(),
        keys => format!("Their {} keys go on working.", grouped(keys)),
    }
}
