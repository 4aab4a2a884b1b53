//! The owner of a key, in the edit form of people who may give it to another one.

use leptos::prelude::*;
use model::form::FormErrors;
use model::key_fields::KeyField;
use model::suggest::Choice;

use crate::ui::combobox::Combobox;
use crate::ui::field::labelled;

pub(super) fn owner_field(email: &str, errors: RwSignal<FormErrors>) -> AnyView {
    const NAME: &str = KeyField::Owner.name();
    let email = email.to_owned();
    let input = view! {
        <Combobox
            name=NAME
            choice=Choice::NewOwner
            label="People"
            value=email
            placeholder="Nobody"
            errors
            hint="owner-hint"
        />
    };
    let hint = "Who answers for the key, and may change and delete it: a Developer, Admin or Owner.";
    labelled(NAME, KeyField::Owner.label(), Some(hint), Some(errors), input)
}
