//! The dialog Transfer Keys: gives all keys of a person to another.

use leptos::prelude::*;
use model::error_code::ErrorCode;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::people::Person;
use model::suggest::Choice;

use crate::server_fns::users::give_keys;
use crate::shared::Shared;
use crate::ui::combobox::Combobox;
use crate::ui::confirm_password::Confirm;
use crate::ui::field::labelled;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::number::grouped;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "give-keys",
    title: "Transfer Keys",
    submit: "Transfer keys",
};

#[component]
pub(super) fn GiveKeys(form: Form, person: Person) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let errors = form.errors;
    let Person {
        id, name, email, keys, ..
    } = person;
    let about = name.clone();
    let send = move |values: FormValues| {
        let to = values.text("person").trim().to_owned();
        let (id, name) = (id.clone(), name.clone());
        form.send(async move {
            if to.is_empty() {
                return Err(wrong_person("Choose who gets the keys.".to_owned()));
            }
            let given = match confirm.run(|| give_keys(id.clone(), to.clone())).await {
                Ok(given) => given,
                Err(error) if error.code == ErrorCode::NotFound => return Err(wrong_person(error.detail)),
                Err(error) => return Err(error.into()),
            };
            let verb = if given.keys == 1 { "belongs" } else { "belong" };
            shared.toasts.add_success(format!(
                "{} of {name} {verb} to {} now.",
                keys_in_words(given.keys),
                given.to
            ));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    let person = view! {
        <Combobox
            name="person"
            choice=Choice::NewOwner
            label="People"
            placeholder="Name or email"
            except=email
            autofocus=true
            errors
            hint="person-hint"
        />
    };
    view! {
        <FormDialog form about send>
            <p>
                {if keys == 1 {
                    "1 key gets another owner. It goes on working with the same token. The new owner can change and delete it."
                        .to_owned()
                } else {
                    let keys = keys_in_words(keys);
                    format!("{keys} get another owner. They go on working with the same tokens. The new owner can change and delete them.")
                }}
            </p>
            {labelled("person", "Person", Some("Developers, Admins and Owners who can log in."), Some(errors), person)}
        </FormDialog>
    }
}

fn wrong_person(message: String) -> FormErrors {
    let mut errors = FormErrors::default();
    errors.add("person", message);
    errors
}

fn keys_in_words(keys: u64) -> String {
    match keys {
        1 => "1 key".to_owned(),
        keys => format!("{} keys", grouped(keys)),
    }
}
