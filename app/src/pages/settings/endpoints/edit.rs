//! The dialog Edit Endpoint, in which only the title can be changed.

use leptos::prelude::*;
use model::endpoint_form::{EndpointRow, TITLE_MAX};
use model::form::FormErrors;
use model::form_values::FormValues;

use crate::server_fns::endpoints::edit_endpoint;
use crate::shared::Shared;
use crate::ui::field::{TextField, text_field};
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::patterns::Patterns;

pub(super) const TEXTS: DialogTexts = DialogTexts {
    dialog: "edit-endpoint",
    title: "Edit Endpoint",
    submit: "Save changes",
};

#[component]
pub(super) fn EditEndpoint(form: Form, row: EndpointRow) -> impl IntoView {
    let shared = Shared::of_context();
    let errors = form.errors;
    let endpoint = row.endpoint;
    let name = endpoint.name.clone();
    let send = move |values: FormValues| {
        let (name, title) = (name.clone(), values.text("title").to_owned());
        form.send(async move {
            let title = edit_endpoint(name, title).await?.into_result()?;
            shared.toasts.add_success(format!("{title} is saved."));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form about=endpoint.title.clone() send>
            {title_field(errors, Some(endpoint.title))}
            <div class="field" role="group" aria-labelledby="locked" aria-describedby="locked-hint">
                <p class="field__label" id="locked">
                    "Name, methods and paths"
                </p>
                <div class="locked-box">
                    <Icon kind=IconKind::Lock/>
                    <div>
                        <p class="mono">{endpoint.name}</p>
                        <Patterns patterns=endpoint.patterns/>
                    </div>
                </div>
                <p class="field__hint" id="locked-hint">
                    "These never change, or keys that have this endpoint would come to allow more. Retire it and add another."
                </p>
            </div>
        </FormDialog>
    }
}

pub(super) fn title_field(errors: RwSignal<FormErrors>, value: Option<String>) -> AnyView {
    text_field(TextField {
        name: "title",
        label: "Title",
        hint: Some("What people read, like Check bias."),
        autocomplete: Some("off"),
        autofocus: true,
        required: true,
        maxlength: Some(TITLE_MAX),
        value: Some(value.unwrap_or_default()),
        errors: Some(errors),
        ..TextField::default()
    })
}
