//! The dialog Add Token.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::service_account::{ServiceAccount, ServiceTokenForm};

use super::NewToken;
use super::fields::TokenFields;
use crate::server_fns::service_accounts::add_service_token;
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "add-service-token",
    title: "Add Token",
    submit: "Add token",
};

#[component]
pub(super) fn AddToken(form: Form, account: ServiceAccount) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let NewToken(new_token) = expect_context();
    let errors = form.errors;
    let ServiceAccount { id, name, .. } = account;
    let send = move |values: FormValues| {
        let typed: ServiceTokenForm = values.read();
        let id = id.clone();
        form.send(async move {
            let add = || add_service_token(id.clone(), typed.clone());
            let token = confirm.run(add).await?.into_result()?;
            new_token.try_set(Some(token));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about=name send>
            <p>"Two tokens work side by side: put the new one into the program, then end the old one."</p>
            <TokenFields errors/>
        </FormDialog>
    }
}
