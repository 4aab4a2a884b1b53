//! The dialog Remove Second Factor, for a person who lost the app and the recovery codes.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::people::Person;

use crate::server_fns::users::remove_second_factor_of;
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::head::bullets;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "remove-second-factor",
    title: "Remove Second Factor",
    submit: "Remove",
};

#[component]
pub(super) fn RemoveSecondFactor(form: Form, person: Person) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let Person { id, name, .. } = person;
    let about = name.clone();
    let send = move |_: FormValues| {
        let (id, name) = (id.clone(), name.clone());
        form.send(async move {
            confirm.run(|| remove_second_factor_of(id.clone())).await?;
            shared
                .toasts
                .add_success(format!("{name} logs in with the password alone."));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about danger=true send>
            {bullets(view! {
                <li>"From now on their password alone lets in."</li>
                <li>"Their recovery codes become worthless."</li>
                <li>"Make sure that it is really they who ask: somebody else may have the password."</li>
            })}
        </FormDialog>
    }
}
