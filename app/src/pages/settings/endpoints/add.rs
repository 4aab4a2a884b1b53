//! The dialog Add Endpoint.

use leptos::prelude::*;
use model::endpoint_form::{EndpointForm, NAME_MAX};
use model::form::FormErrors;
use model::form_values::FormValues;

use super::PATH;
use super::edit::title_field;
use crate::server_fns::endpoints::create_endpoint;
use crate::shared::Shared;
use crate::ui::field::{TextField, described, invalid, labelled, text_field};
use crate::ui::form_dialog::{DialogTexts, Form, FormDialog};
use crate::ui::note::{NoteKind, note};

const TEXTS: DialogTexts = DialogTexts {
    dialog: "add-endpoint",
    title: "Add Endpoint",
    submit: "Add Endpoint",
};

const NEVER_CHANGES: &str = "Name, methods and paths never change later, or keys would come to allow more. Keys with all endpoints may call this one at once.";

#[component]
pub(super) fn AddEndpoint() -> impl IntoView {
    let shared = Shared::of_context();
    let form = Form::over_screen(TEXTS, PATH);
    let errors = form.errors;
    let send = move |values: FormValues| {
        let typed: EndpointForm = values.read();
        form.send(async move {
            let title = create_endpoint(typed).await?.into_result()?;
            shared.toasts.add_success(format!("{title} is added."));
            shared.reload_screen();
            form.close();
            Ok(())
        });
    };
    view! {
        <FormDialog form send>
            {title_field(errors, None)}
            {name_field(errors)}
            {patterns_field(errors)}
            {note(NoteKind::Warning, NEVER_CHANGES)}
        </FormDialog>
    }
}

fn name_field(errors: RwSignal<FormErrors>) -> AnyView {
    text_field(TextField {
        name: "name",
        label: "Name",
        hint: Some("What programs say, like check-bias: small letters, digits and dashes."),
        class: Some("input mono"),
        autocomplete: Some("off"),
        verbatim: true,
        required: true,
        maxlength: Some(NAME_MAX),
        errors: Some(errors),
        ..TextField::default()
    })
}

fn patterns_field(errors: RwSignal<FormErrors>) -> AnyView {
    let area = view! {
        <textarea
            class="input mono"
            id="patterns"
            name="patterns"
            rows="3"
            autocapitalize="none"
            spellcheck="false"
            required
            placeholder="GET, POST /api/v1/img/{*rest}"
            aria-invalid=invalid("patterns", errors)
            aria-describedby=described("patterns", Some("patterns-hint"), errors)
        ></textarea>
    };
    let hint = "A line each, like POST /api/v1/chat. {id} stands for one segment or a part of one, a last {*rest} for all that follow.";
    labelled("patterns", "Methods and paths", Some(hint), Some(errors), area)
}
