//! The dialog Change Role.

use leptos::prelude::*;
use model::form_values::FormValues;
use model::people::Person;
use model::role::Role;

use crate::pages::settings::role_field::RoleField;
use crate::server_fns::users::set_role;
use crate::shared::Shared;
use crate::ui::confirm_password::Confirm;
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "change-role",
    title: "Change Role",
    submit: "Save changes",
};

#[component]
pub(super) fn ChangeRole(form: Form, person: Person) -> impl IntoView {
    let shared = Shared::of_context();
    let confirm = Confirm::of_context();
    let errors = form.errors;
    let Person { id, name, role, .. } = person;
    let about = name.clone();
    let send = move |values: FormValues| {
        let chosen = Role::parse(values.text("role")).unwrap_or(role);
        let (id, name) = (id.clone(), name.clone());
        form.send(async move {
            confirm.run(|| set_role(id.clone(), chosen)).await?;
            shared
                .toasts
                .add_success(format!("{name} is {} now.", with_article(chosen)));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about send>
            <RoleField roles=&Role::ALL about=Role::description chosen=role errors focus=true/>
            <p class="dim">"It is in force with the next thing that they do. Their keys stay as they are."</p>
        </FormDialog>
    }
}

fn with_article(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a Viewer",
        Role::Developer => "a Developer",
        Role::Admin => "an Admin",
        Role::Owner => "an Owner",
    }
}
