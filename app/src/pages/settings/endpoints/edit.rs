//! The dialog Edit Endpoint: only its title can be another.

use leptos::prelude::*;
use model::endpoint_form::{EndpointOutcome, EndpointRow, TITLE_MAX};
use model::form::FormErrors;
use web_sys::FormData;

use crate::pages::console::Shared;
use crate::server_fns::endpoints::edit_endpoint;
use crate::ui::field::{FieldError, described, invalid};
use crate::ui::form_dialog::{Form, FormDialog, Words, text};
use crate::ui::icon::{Icon, IconKind};
use crate::ui::patterns::Patterns;

pub(super) const WORDS: Words = Words {
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
    let send = move |data: FormData| {
        let (name, title) = (name.clone(), text(&data, "title"));
        form.send(async move {
            match edit_endpoint(name, title).await? {
                EndpointOutcome::Saved { title } => {
                    shared.toasts.good(format!("{title} is saved."));
                    shared.changed();
                    form.close();
                    Ok(())
                }
                EndpointOutcome::Invalid(errors) => Err(errors),
            }
        });
    };
    view! {
        <FormDialog form about=endpoint.title.clone() send>
            <TitleField errors value=endpoint.title/>
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

#[component]
pub(super) fn TitleField(errors: RwSignal<FormErrors>, #[prop(optional, into)] value: String) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="title">
                "Title"
            </label>
            <input
                class="input"
                id="title"
                name="title"
                autocomplete="off"
                autofocus
                required
                maxlength=TITLE_MAX.to_string()
                value=value
                aria-invalid=invalid("title", errors)
                aria-describedby=described("title", Some("title-hint"), errors)
            />
            <FieldError name="title" errors/>
            <p class="field__hint" id="title-hint">
                "What people read, like Check bias."
            </p>
        </div>
    }
}
