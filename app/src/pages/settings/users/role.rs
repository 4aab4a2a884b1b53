//! The dialog Change Role, and the choice of a role.

use leptos::prelude::*;
use model::form::FormErrors;
use model::form_values::FormValues;
use model::people::Person;
use model::role::Role;

use crate::server_fns::users::set_role;
use crate::shared::Shared;
use crate::ui::choice::{Select, option, select};
use crate::ui::confirm_password::Confirm;
use crate::ui::field::{FieldError, field};
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
            <RoleField chosen=role errors/>
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

/// The choice of a role, and a text that says what the chosen role may do.
#[component]
pub(super) fn RoleField(
    chosen: Role,
    errors: RwSignal<FormErrors>,
    /// Whether the choice has the focus when the dialog opens.
    #[prop(default = true)]
    focus: bool,
) -> impl IntoView {
    let now = RwSignal::new(chosen);
    let change = move |value: String| {
        if let Some(role) = Role::parse(&value) {
            now.set(role);
        }
    };
    let options = Role::ALL.map(|role| option(role.as_str(), role.title(), role == chosen));
    let select = select(
        Select {
            id: Some("role"),
            name: "role",
            autofocus: focus,
            errors: Some(errors),
            hint: Some("role-about"),
            change: Some(Callback::new(change)),
            ..Select::default()
        },
        options.into_iter().collect_view(),
    );
    field(
        "role",
        "Role",
        view! {
            {select}
            <FieldError name="role" errors/>
            <p class="field__hint" id="role-about" role="status">
                {move || now.get().description()}
            </p>
        },
    )
}
