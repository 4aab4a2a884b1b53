//! The dialogs Create Environment and Rename Environment.

use leptos::prelude::*;
use model::environment::{EnvironmentForm, EnvironmentOutcome, EnvironmentRow, Kind, NAME_MAX};
use model::form::FormErrors;
use web_sys::FormData;

use super::PATH;
use crate::pages::console::Shared;
use crate::server_fns::environments::{create_environment, rename_environment};
use crate::ui::field::{FieldError, described, invalid};
use crate::ui::form_dialog::{Form, FormDialog, Words, text};

const CREATE: Words = Words {
    dialog: "create-environment",
    title: "Create Environment",
    submit: "Create Environment",
};

pub(super) const RENAME: Words = Words {
    dialog: "rename-environment",
    title: "Rename Environment",
    submit: "Save changes",
};

#[component]
pub(super) fn CreateEnvironment() -> impl IntoView {
    let shared = Shared::of_context();
    let form = Form::over(CREATE, PATH);
    let errors = form.errors;
    let send = move |data: FormData| {
        let typed = EnvironmentForm {
            name: text(&data, "name"),
            kind: text(&data, "kind"),
        };
        form.send(async move {
            match create_environment(typed).await? {
                EnvironmentOutcome::Saved { name } => {
                    shared.toasts.good(format!("{name} is created."));
                    shared.environments_changed();
                    form.close();
                    Ok(())
                }
                EnvironmentOutcome::Invalid(_, errors) => Err(errors),
            }
        });
    };
    view! {
        <FormDialog form send>
            <NameField errors/>
            <div class="field">
                <label class="field__label" for="kind">
                    "Kind"
                </label>
                <span class="select">
                    <select
                        id="kind"
                        name="kind"
                        aria-invalid=invalid("kind", errors)
                        aria-describedby=described("kind", Some("kind-hint"), errors)
                    >
                        {Kind::ALL
                            .map(|kind| view! { <option value=kind.as_str()>{kind.as_str()}</option> })
                            .into_iter()
                            .collect_view()}
                    </select>
                </span>
                <FieldError name="kind" errors/>
                <p class="field__hint" id="kind-hint">
                    "Its tokens begin with sk_live_ or sk_test_, so this never changes."
                </p>
            </div>
        </FormDialog>
    }
}

#[component]
pub(super) fn RenameEnvironment(form: Form, row: EnvironmentRow) -> impl IntoView {
    let shared = Shared::of_context();
    let errors = form.errors;
    let EnvironmentRow { id, name: before, .. } = row;
    let shown = before.clone();
    let send = move |data: FormData| {
        let typed = EnvironmentForm {
            name: text(&data, "name"),
            kind: String::new(),
        };
        let (id, before) = (id.clone(), before.clone());
        form.send(async move {
            match rename_environment(id, typed).await? {
                EnvironmentOutcome::Saved { name } => {
                    shared.toasts.good(renamed(&before, &name));
                    shared.environments_changed();
                    form.close();
                    Ok(())
                }
                EnvironmentOutcome::Invalid(_, errors) => Err(errors),
            }
        });
    };
    view! {
        <FormDialog form about=shown.clone() send>
            <NameField errors value=shown/>
            <p class="dim">
                "Its ID and keys stay. Gateways hear the new name from now on, and commands that name the environment need it."
            </p>
        </FormDialog>
    }
}

fn renamed(before: &str, name: &str) -> String {
    if before == name {
        format!("Nothing was changed; {name} keeps its name.")
    } else {
        format!("{before} is called {name} now.")
    }
}

#[component]
fn NameField(errors: RwSignal<FormErrors>, #[prop(optional, into)] value: String) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="name">
                "Name"
            </label>
            <input
                class="input"
                id="name"
                name="name"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                autofocus
                required
                maxlength=NAME_MAX.to_string()
                value=value
                aria-invalid=invalid("name", errors)
                aria-describedby=described("name", Some("name-hint"), errors)
            />
            <FieldError name="name" errors/>
            <p class="field__hint" id="name-hint">
                "Letters, digits, dots, dashes and underscores, like staging or production-eu."
            </p>
        </div>
    }
}
