//! The dialog Give Keys: the keys of somebody, to somebody else.

use leptos::prelude::*;
use model::form::FormErrors;
use model::id::UserId;
use model::people::Person;
use model::role::Permission;
use web_sys::FormData;

use crate::components::confirm_password::Confirm;
use crate::components::field::{FieldError, described, invalid};
use crate::components::form_dialog::{Form, FormDialog, Words, text};
use crate::components::number::grouped;
use crate::pages::console::Shared;
use crate::server_fns::users::give_keys;

pub(super) const WORDS: Words = Words {
    dialog: "give-keys",
    title: "Give Keys",
    submit: "Give keys",
};

/// Who may have keys, but for whose they are.
pub(super) fn who_may_have(people: Vec<Person>, not: &UserId) -> Vec<Person> {
    let may = |person: &Person| {
        person.id != *not && person.disabled_at.is_none() && person.role.may(Permission::ChangeOwnKeys)
    };
    people.into_iter().filter(may).collect()
}

#[component]
pub(super) fn GiveKeys(form: Form, person: Person, others: Vec<Person>) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let errors = form.errors;
    let Person { id, name, keys, .. } = person;
    let about = name.clone();
    let names: Vec<(UserId, String)> = others
        .iter()
        .map(|other| (other.id.clone(), other.name.clone()))
        .collect();
    let send = move |data: FormData| {
        let to = text(&data, "person");
        let chosen = names.iter().find(|(id, _)| id.as_str() == to).cloned();
        let (id, name) = (id.clone(), name.clone());
        form.send(async move {
            let Some((to, their_name)) = chosen else {
                let mut errors = FormErrors::default();
                errors.add("person", "Choose who gets the keys.");
                return Err(errors);
            };
            let given = confirm.run(|| give_keys(id.clone(), to.clone())).await?;
            let verb = if given == 1 { "belongs" } else { "belong" };
            shared.toasts.good(format!(
                "{} of {name} {verb} to {their_name} now.",
                keys_in_words(given)
            ));
            shared.changed();
            form.close();
            Ok(())
        });
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
            <div class="field">
                <label class="field__label" for="person">
                    "Person"
                </label>
                <span class="select">
                    <select
                        id="person"
                        name="person"
                        autofocus
                        aria-invalid=invalid("person", errors)
                        aria-describedby=described("person", Some("person-hint"), errors)
                    >
                        <option value="">"Choose…"</option>
                        {others
                            .into_iter()
                            .map(|other| {
                                view! {
                                    <option value=other.id.to_string()>
                                        {format!("{} ({})", other.name, other.email)}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </span>
                <FieldError name="person" errors/>
                <p class="field__hint" id="person-hint">
                    "Developers, Admins and Owners who can log in."
                </p>
            </div>
        </FormDialog>
    }
}

fn keys_in_words(keys: u64) -> String {
    match keys {
        1 => "1 key".to_owned(),
        keys => format!("{} keys", grouped(keys)),
    }
}
