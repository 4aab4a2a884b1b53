//! The choice of a role.

use leptos::prelude::*;
use model::form::FormErrors;
use model::role::Role;

use crate::ui::choice::{Select, option, select};
use crate::ui::field::{FieldError, field};

/// The choice of a role, and a text that says what the chosen role may do.
#[component]
pub(super) fn RoleField(
    /// The roles to choose from.
    roles: &'static [Role],
    /// What a role may do.
    about: fn(Role) -> &'static str,
    chosen: Role,
    errors: RwSignal<FormErrors>,
    /// Whether the choice has the focus when the dialog opens.
    #[prop(optional)]
    focus: bool,
) -> impl IntoView {
    let now = RwSignal::new(chosen);
    let change = move |value: String| {
        if let Some(role) = Role::parse(&value) {
            now.set(role);
        }
    };
    let options = roles
        .iter()
        .map(|role| option(role.as_str(), role.title(), *role == chosen));
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
        options.collect_view(),
    );
    field(
        "role",
        "Role",
        view! {
            {select}
            <FieldError name="role" errors/>
            <p class="field__hint" id="role-about" role="status">
                {move || about(now.get())}
            </p>
        },
    )
}
