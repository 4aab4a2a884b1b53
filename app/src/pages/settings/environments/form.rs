//! The dialogs Create Environment and Rename Environment.

use leptos::prelude::*;
use model::environment::{EnvironmentForm, EnvironmentRow, Kind, NAME_MAX};
use model::form::FormErrors;
use model::form_values::FormValues;

use super::PATH;
use crate::server_fns::environments::{create_environment, rename_environment};
use crate::shared::Shared;
use crate::ui::choice::{Select, option, select};
use crate::ui::field::{TextField, labelled, text_field};
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};

const CREATE: DialogTexts = DialogTexts {
    dialog: "create-environment",
    title: "Create Environment",
    submit: "Create Environment",
};

pub(super) const RENAME: DialogTexts = DialogTexts {
    dialog: "rename-environment",
    title: "Rename Environment",
    submit: "Save changes",
};

#[component]
pub(super) fn CreateEnvironment() -> impl IntoView {
    let shared = Shared::of_context();
    let form = Form::over_screen(CREATE, PATH);
    let errors = form.errors;
    let send = move |values: FormValues| {
        let typed: EnvironmentForm = values.read();
        form.send(async move {
            let name = create_environment(typed).await?.into_result()?;
            shared.toasts.add_success(format!("{name} is created."));
            shared.reload_screen_and_frame();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form send>
            {name_field(errors, String::new())}
            {kind_field(errors)}
        </FormDialog>
    }
}

#[component]
pub(super) fn RenameEnvironment(form: Form, row: EnvironmentRow) -> impl IntoView {
    let shared = Shared::of_context();
    let errors = form.errors;
    let EnvironmentRow { id, name: before, .. } = row;
    let shown = before.clone();
    let send = move |values: FormValues| {
        let typed: EnvironmentForm = values.read();
        let (id, before) = (id.clone(), before.clone());
        form.send(async move {
            let name = rename_environment(id, typed).await?.into_result()?;
            shared.toasts.add_success(renamed(&before, &name));
            shared.reload_screen_and_frame();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about=shown.clone() send>
            {name_field(errors, shown)}
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

fn kind_field(errors: RwSignal<FormErrors>) -> AnyView {
    let options = Kind::ALL.map(|kind| option(kind.as_str(), kind.as_str(), false));
    let select = select(
        Select {
            id: Some("kind"),
            name: "kind",
            errors: Some(errors),
            hint: Some("kind-hint"),
            ..Select::default()
        },
        options.into_iter().collect_view(),
    );
    let hint = "Its tokens begin with sk_live_ or sk_test_, so this never changes.";
    labelled("kind", "Kind", Some(hint), Some(errors), select)
}

fn name_field(errors: RwSignal<FormErrors>, value: String) -> AnyView {
    text_field(TextField {
        name: "name",
        label: "Name",
        hint: Some("Letters, digits, dots, dashes and underscores, like staging or production-eu."),
        autocomplete: Some("off"),
        verbatim: true,
        autofocus: true,
        required: true,
        maxlength: Some(NAME_MAX),
        value: Some(value),
        errors: Some(errors),
        ..TextField::default()
    })
}
