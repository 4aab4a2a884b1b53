//! The dialogs Create Service Account and Edit Service Account.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::role::Role;
use model::service_account::ServiceAccount;

use super::fields::{EnvironmentsField, TokenFields, name_field, read, role_field};
use super::{NewToken, PATH};
use crate::server_fns::service_accounts::{create_service_account, edit_service_account};
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};

const CREATE: DialogTexts = DialogTexts {
    dialog: "create-service-account",
    title: "Create Service Account",
    submit: "Create Service Account",
};

pub(super) const EDIT: DialogTexts = DialogTexts {
    dialog: "edit-service-account",
    title: "Edit Service Account",
    submit: "Save changes",
};

#[component]
pub(super) fn CreateServiceAccount() -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let NewToken(new_token) = expect_context();
    let form = Form::over_screen(CREATE, PATH);
    let errors = form.errors;
    let send = move |values: FormValues| {
        let typed = read(&values);
        form.send(async move {
            let token = confirm
                .run(|| create_service_account(typed.clone()))
                .await?
                .into_result()?;
            new_token.try_set(Some(token));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form send>
            {name_field(errors, String::new())}
            {role_field(Role::Developer, errors)}
            <EnvironmentsField chosen=None errors/>
            <TokenFields errors/>
        </FormDialog>
    }
}

#[component]
pub(super) fn EditServiceAccount(form: Form, account: ServiceAccount) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let errors = form.errors;
    let ServiceAccount {
        id,
        name,
        role,
        environments,
        ..
    } = account;
    let about = name.clone();
    let send = move |values: FormValues| {
        let typed = read(&values);
        let id = id.clone();
        form.send(async move {
            confirm
                .run(|| edit_service_account(id.clone(), typed.clone()))
                .await?
                .into_result()?;
            shared
                .toasts
                .add_success(format!("{} is changed, from its next request on.", typed.name.trim()));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about send>
            {name_field(errors, name)}
            {role_field(role, errors)}
            <EnvironmentsField chosen=environments errors/>
        </FormDialog>
    }
}
