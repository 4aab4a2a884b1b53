//! The dialog Invite User, which shows a form, and then the link that the form has made.

use leptos::prelude::*;
use model::account::EMAIL_MAX;
use model::form_values::FormValues;
use model::people::{InviteForm, OneTimeLink};
use model::role::Role;

use super::PATH;
use super::link::ShownLink;
use crate::pages::settings::role_field::RoleField;
use crate::server_fns::users::invite_user;
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::dialog::focus_content;
use crate::ui::field::{TextField, text_field};
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};

const TEXTS: DialogTexts = DialogTexts {
    dialog: "invite-user",
    title: "Invite User",
    submit: "Invite User",
};

#[component]
pub(super) fn InviteUser() -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let form = Form::over_screen(TEXTS, PATH);
    let link = RwSignal::new(None::<OneTimeLink>);
    let send = move |values: FormValues| {
        let typed: InviteForm = values.read();
        form.send(async move {
            let made = confirm.run(|| invite_user(typed.clone())).await?.into_result()?;
            link.try_set(Some(made));
            shared.reload_screen();
            Ok(())
        });
    };
    view! {
        <FormDialog form send done=Signal::derive(move || link.read().is_some())>
            {move || match link.get() {
                Some(link) => {
                    focus_content(TEXTS.dialog);
                    view! { <ShownLink link label="Invitation link"/> }.into_any()
                }
                None => view! { <Fields form/> }.into_any(),
            }}
        </FormDialog>
    }
}

#[component]
fn Fields(form: Form) -> impl IntoView {
    let errors = form.errors;
    let email = text_field(TextField {
        name: "email",
        label: "Email",
        hint: Some("Nothing is sent there: you get a link to pass on."),
        kind: Some("email"),
        autocomplete: Some("off"),
        autofocus: true,
        required: true,
        maxlength: Some(EMAIL_MAX),
        errors: Some(errors),
        ..TextField::default()
    });
    view! {
        {email}
        <RoleField roles=&Role::ALL about=Role::description chosen=Role::Developer errors/>
    }
}
